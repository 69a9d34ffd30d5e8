"""Hosts that many strangers share: that something stands there says nothing of who put it there.

Two kinds. Below a public suffix anybody can have a host, so that the suffix itself is nobody's in particular. And on
some hosts everybody has a folder, and puts there what they like. A platform that writes the badges of its issuers
itself is none of these: nobody but the platform decides what stands on its host.
The list of suffixes is data, in suffixes/; it is read when a rule asks for it, and no other check waits for that.
Sources: publicsuffix.org, Format (suffixes/index.json says which list); for each host beside them, its own manual.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "suffixes"
_NOBODY = 99
"""Folders: no prefix of an address names anybody there."""

FOLDERS_OF_STRANGERS: Mapping[str, int] = MappingProxyType(
    {
        # docs.github.com/rest/repos/contents (download_url) and rest/gists (raw_url): OWNER/REPOSITORY/…, OWNER/GIST/…
        "github.com": 1,
        "gist.github.com": 1,
        "raw.githubusercontent.com": 1,
        "gist.githubusercontent.com": 1,
        # docs.gitlab.com/user/project/repository/files: GROUP/PROJECT/-/raw/…
        "gitlab.com": 1,
        # docs.codeberg.org, Raw content: OWNER/REPOSITORY/raw/…
        "codeberg.org": 1,
        # support.atlassian.com/bitbucket-cloud: WORKSPACE/REPOSITORY/raw/…
        "bitbucket.org": 1,
        # huggingface.co/docs/hub: OWNER/MODEL/resolve/… and datasets/OWNER/…
        "huggingface.co": 2,
        # cloud.google.com/storage/docs/request-endpoints: BUCKET/OBJECT
        "storage.googleapis.com": 1,
        "storage.cloud.google.com": 1,
        "commondatastorage.googleapis.com": 1,
        # firebase.google.com/docs/storage/web/download-files: v0/b/BUCKET/o/OBJECT
        "firebasestorage.googleapis.com": 3,
        # support.google.com/sites: view/SITE, or DOMAIN/SITE
        "sites.google.com": 2,
        # support.google.com/drive: the file is named behind the `?`, or deep within
        "drive.google.com": _NOBODY,
        "docs.google.com": _NOBODY,
        "drive.usercontent.google.com": _NOBODY,
        # help.dropbox.com/share/force-download: s/LINK/FILE or scl/fi/LINK/FILE
        "dropbox.com": 3,
        "www.dropbox.com": 3,
        "dl.dropbox.com": 3,
        "dl.dropboxusercontent.com": 3,
        # docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html, Path-style requests: BUCKET/KEY. Most of
        # these hosts are public suffixes as well.
        "s3.amazonaws.com": 1,
        "s3-*.amazonaws.com": 1,
        "s3.*.amazonaws.com": 1,
        "s3.*.amazonaws.com.cn": 1,
        # backblaze.com/docs/cloud-storage, Download files: file/BUCKET/… ; and the S3-compatible API: BUCKET/KEY
        "f???.backblazeb2.com": 2,
        "s3.*.backblazeb2.com": 1,
        # docs.wasabi.com, Service URLs: BUCKET/KEY
        "s3.wasabisys.com": 1,
        "s3.*.wasabisys.com": 1,
        # docs.oracle.com/iaas/Content/Object: n/NAMESPACE/b/BUCKET/o/OBJECT
        "objectstorage.*.oraclecloud.com": 2,
        # help.ovhcloud.com, Object Storage, endpoints: BUCKET/KEY, and v1/AUTH_PROJECT/CONTAINER/OBJECT for Swift
        "s3.*.cloud.ovh.net": 1,
        "storage.*.cloud.ovh.net": 2,
        # docs.hetzner.com/storage/object-storage: BUCKET/KEY
        "????.your-objectstorage.com": 1,
        # community.exoscale.com, Simple Object Storage: BUCKET/KEY
        "sos-*.exo.io": 1,
        # cloudinary.com/documentation, Delivery URL structure: CLOUD/raw/…
        "res.cloudinary.com": 1,
        # www.jsdelivr.com/documentation: gh/OWNER/REPOSITORY@VERSION/… and npm/PACKAGE@VERSION/…
        "cdn.jsdelivr.net": 2,
        # unpkg.com: PACKAGE@VERSION/… or @SCOPE/PACKAGE/…
        "unpkg.com": 2,
        # raw.githack.com: OWNER/REPOSITORY/… of GitHub, and gl/…, bb/… of others
        "raw.githack.com": 2,
        "rawcdn.githack.com": 2,
        # docs.ipfs.tech/concepts/ipfs-gateway: ipfs/CID/…
        "ipfs.io": 2,
        "dweb.link": 2,
        "gateway.pinata.cloud": 2,
        "gateway.ipfs.io": 2,
        # docs.arweave.org: TRANSACTION/…
        "arweave.net": 1,
        # archive.org/help: download/ITEM/FILE; what the Wayback Machine keeps is of whoever published it: web/TIME/ADDRESS
        "archive.org": 2,
        "web.archive.org": _NOBODY,
        # discord.com/developers/docs/reference, CDN endpoints: attachments/CHANNEL/MESSAGE/FILE
        "cdn.discordapp.com": 3,
        # pastebin.com/doc_api, jsonblob.com/api, npoint.io/docs, jsonbin.io/api-reference: every text is of somebody else
        "pastebin.com": _NOBODY,
        "jsonblob.com": _NOBODY,
        "api.npoint.io": _NOBODY,
        "api.jsonbin.io": _NOBODY,
    }
)
"""How many folders of an address tell one tenant of a host from all others, by the host or its pattern."""


def is_public_suffix(host: str) -> bool:
    """Whether below *host*, a name in ASCII, anybody can have a host (publicsuffix.org, Algorithm).

    A name that no rule speaks of is nobody's suffix, be it of one label alone: no such host is on the public web.
    """
    above = host.partition(".")[2]
    rules = _rules()
    return host in rules or (above != "" and f"*.{above}" in rules and f"!{host}" not in rules)


def folders_of_a_tenant(host: str) -> int:
    """How many folders of an address tell one tenant of *host*, a name in ASCII, from all others; 0 for one with none.

    With `www.` before it, it is the same host (hosts.are_one), and so are its tenants.
    """
    bare = host.removeprefix("www.")
    for pattern, folders in FOLDERS_OF_STRANGERS.items():
        if fnmatchcase(host, pattern) or fnmatchcase(bare, pattern):
            return folders
    return 1 if is_public_suffix(host) else 0


@cache
def _rules() -> frozenset[str]:
    return frozenset((FOLDER / "public-suffixes.list").read_text(encoding="ascii").split())
