"""Our own Moodle where PHP itself can say whether it is right."""

import json
import shutil
import subprocess

import pytest

from tests.fixtures.moodle import without_first
from wallet.issuance.platforms.scopes import CREATE, OFFERED

PHP = shutil.which("php") or ""
QUIRK = """$a = json_decode($argv[1], true); foreach (["profile", "openid"] as $one) {
  $key = array_search($one, $a); if (isset($key)) unset($a[$key]); } echo json_encode(array_values($a));"""
"""Words of ours for what its class does: array_search answers false, which is set, and $a[false] is $a[0]."""


@pytest.mark.soak
@pytest.mark.skipif(not PHP, reason="php is not here: apt-get install php-cli")
def test_php_loses_the_first_scope_and_we_can_spare_it() -> None:
    command = [PHP, "-d", "error_reporting=0", "-r", QUIRK, json.dumps(OFFERED)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)

    assert json.loads(told.stdout) == without_first([*OFFERED])
    assert CREATE in without_first([*OFFERED])
