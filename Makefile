# What a newcomer types. `make run` sets up, then serves; `make test` is the truth in some six minutes, CI asks for its breadth, too.
# Needed: git, make and Python 3.11 or newer with its venv module; all the rest is fetched by its locked hash.

.PHONY: run install test quick soak bench lock clean install-for-tests debian java php webkit nodes oldest
.DEFAULT_GOAL := run
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What Python has compiled once is kept, whatever this shell says: a wallet starts a fifth sooner.
export PYTHONDONTWRITEBYTECODE :=

PIP := .venv/bin/python -m pip install --quiet --require-hashes --only-binary :all:
VENDOR := wallet/static/vendor
# Five on two cores: what a test waits for (a browser, a child, a disk) leaves room for others.
TOGETHER := --forks 5
# In `make test` they run while tests wait for something, and are told at the end, where people look.
STATIC := "ruff format --check ." "ruff check ." "mypy --strict wallet"
# Each test of `make soak` is in one of these parts.
SOAK_engine := --forks 2 --split -m "soak or not soak" --cov --cov-fail-under=100 tests/openbadges
# Who is killed or full is waited for most of the time. What a test measured is told at the end.
SOAK_durability := $(TOGETHER) -rP -m "soak and not browser and not words" --ignore=tests/openbadges --ignore=tests/nodes --ignore=tests/issuance
# Every story, the service worker in all its phones (tests/fixtures/browser.py). All screens in all themes are one file, and half of it.
SOAK_browsers := --forks 4 --split -m browser
SOAK_words := $(TOGETHER) -m words
# What several machines need, beside what one does: tools of an operator, other engines, two nodes and whatever breaks between.
SOAK_nodes := -s -m "soak or not soak" tests/nodes
# Whoever offers badges or sends them: every counterpart in all that it does, whoever is bent, taps twice, dies in between or floods.
SOAK_issuance := -s -m "soak and not browser and not words" tests/issuance \
    "tests/durability/test_killed_at_points.py::test_nor_do_very_many[an offer is taken]" \
    "tests/durability/test_killed_at_points.py::test_nor_do_very_many[what a platform sent is looked at]"
SOAK_breadth := $(TOGETHER) -m "breadth and not soak"
PARTS := engine durability browsers words nodes issuance breadth
# In `make soak` a test may go on for an hour; in `make test` one that takes ten minutes is taken for one that hangs.
LONG := HYPOTHESIS_PROFILE=thorough .venv/bin/python -m pytest -o faulthandler_timeout=3600
DEBIAN := DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends

# --- what people use -------------------------------------------------------------------------------------------------

run: install  ## PORT=8791 make run serves elsewhere than on 8000
	@exec .venv/bin/wallet serve

install: .venv/installed $(VENDOR)/htmx.min.js

test:  ## BREADTH=1 make test asks also for what takes long, as CI does (docs/testing.md)
	@$(MAKE) --no-print-directory --jobs 3 install-for-tests
	@said="$$(mktemp)" && trap 'rm -f "$$said"' EXIT; fault=0; \
	{ for one in $(STATIC); do .venv/bin/$$one || fault=1; done; exit $$fault; } >"$$said" 2>&1 & alone=$$!; \
	.venv/bin/python -m pytest $(TOGETHER) -m "not soak$(if $(BREADTH),, and not breadth)" || fault=1; \
	wait $$alone || fault=1; cat "$$said"; \
	exit $$fault

quick:  ## for the hand: form, types, and the tests that start no wallet, no browser and no PostgreSQL
	@set -e; for one in $(STATIC); do .venv/bin/$$one; done
	@.venv/bin/python -m pytest --forks 2 -m "unit and not breadth" --ignore=tests/openbadges

soak: export SERVICE_WORKERS := everywhere
soak: install-for-tests java php webkit nodes oldest  ## the slow part: more kills and mutants, every phone and theme, load; or one PART of it
	@$(if $(filter-out $(PARTS),$(PART)),$(error PART is one of: $(PARTS)))fault=0; $(foreach part,$(or $(PART),$(PARTS)),$(LONG) $(SOAK_$(part)) || fault=1;) exit $$fault

bench: install-for-tests .venv-bench/installed  ## how fast the recruiter's page and « Mes badges » are, beside Django
	@command -v wrk >/dev/null || { test "$$(id -u)" = 0 && apt-get --quiet update && $(DEBIAN) wrk; } || true
	.venv/bin/python bench/share.py

# Where npm's authors ask for money is an address too.
lock:  ## make lock UPGRADE=--upgrade takes the newest versions
	@.venv-lock/bin/uv --version 2>/dev/null || { $(NEWEST_PYTHON); \
	    $$python -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv==0.13.9; }
	$(COMPILE) pyproject.toml --group setup -o requirements.lock
	$(COMPILE) pyproject.toml --group setup --group dev --constraint requirements.lock -o requirements-dev.lock
	$(COMPILE) --group node -o requirements-node.lock
	$(COMPILE) --group others -o requirements-others.lock
	$(COMPILE) --group bench -o requirements-bench.lock
	$(COMPILE) --group nodes -o requirements-nodes.lock
	$(COMPILE) --group suffixes -o requirements-suffixes.lock
	@.venv-lock/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements-suffixes.lock
	@.venv-lock/bin/python tools/public_suffixes.py wallet/openbadges/suffixes
	@.venv-lock/bin/python tools/confusable_letters.py wallet/trust/confusables
	npm install --package-lock-only --ignore-scripts
	@node -e 'const fs = require("fs"), name = "package-lock.json", lock = JSON.parse(fs.readFileSync(name)); for (const one of Object.values(lock.packages)) delete one.funding; fs.writeFileSync(name, JSON.stringify(lock, null, 2) + "\n")'

clean:  ## takes away what the set-up made; never var/, where a wallet keeps what it was given
	rm -rf .venv .venv-lock .venv-others .venv-bench .venv-nodes .venv-oldest .node node_modules $(VENDOR) dist .mypy_cache .ruff_cache .pytest_cache .coverage*

# --- how it is set up ------------------------------------------------------------------------------------------------

.venv/installed: requirements.lock pyproject.toml
	@$(NEWEST_PYTHON); .venv/bin/pip --version >/dev/null 2>&1 || $$python -m venv --clear .venv
	@echo "Setting up with $$(.venv/bin/python --version)…"
	@$(PIP) -r requirements.lock
	@.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@.venv/bin/python -m compileall -q wallet
	@touch $@

.venv/installed-for-tests: requirements-dev.lock .venv/installed
	@$(PIP) -r requirements-dev.lock
	@touch $@

# Not from anybody's server at run time: the browser's files come from npm by hash and are served by the wallet.
$(VENDOR)/htmx.min.js: package-lock.json | .venv/installed
	@$(call npm,ci --ignore-scripts --omit=dev)
	@rm -rf $(VENDOR) && mkdir -p $(VENDOR)/qr
	@cp node_modules/qr/index.js node_modules/qr/decode.js node_modules/qr/LICENSE $(VENDOR)/qr/
	@cp node_modules/htmx.org/LICENSE $(VENDOR)/htmx.LICENSE
	@cp node_modules/htmx.org/dist/htmx.min.js $@ && touch $@

node_modules/axe-core/axe.min.js: package-lock.json | $(VENDOR)/htmx.min.js
	@$(call npm,ci --ignore-scripts)
	@touch $@

# Issues badges for the tests, in a place of its own: nothing of the wallet's can import it.
.venv-others/installed: requirements-others.lock .venv/installed
	@.venv/bin/python -m venv --clear .venv-others
	@.venv-others/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-others.lock
	@touch $@

# What bench/share.py compares the wallet with, in a place of its own.
.venv-bench/installed: requirements-bench.lock .venv/installed
	@.venv/bin/python -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-bench.lock
	@touch $@

# Looks at what deploy/kubernetes is made of, in a place of its own: the shapes of Kubernetes are 110 MB.
.venv-nodes/installed: requirements-nodes.lock .venv/installed
	@.venv/bin/python -m venv --clear .venv-nodes
	@.venv-nodes/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-nodes.lock
	@touch $@

# The wallet as the oldest Python has it, in a place of its own.
.venv-oldest/installed: requirements.lock
	@python3.11 -m venv --clear .venv-oldest
	@.venv-oldest/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

install-for-tests: install .venv/installed-for-tests node_modules/axe-core/axe.min.js .venv-others/installed debian

debian:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v chromium-headless-shell >/dev/null || missing="$$missing chromium-headless-shell"; \
	command -v firefox-esr >/dev/null || missing="$$missing firefox-esr"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v strace >/dev/null || missing="$$missing strace"; \
	command -v pdftoppm >/dev/null || missing="$$missing poppler-utils"; \
	command -v bwrap >/dev/null || missing="$$missing bubblewrap"; \
	command -v hunspell >/dev/null || missing="$$missing hunspell"; \
	ls /usr/share/hunspell/fr.dic >/dev/null 2>&1 || missing="$$missing hunspell-fr-classical"; \
	ls /usr/share/hunspell/en_GB.dic >/dev/null 2>&1 || missing="$$missing hunspell-en-gb"; \
	command -v grammalecte-cli >/dev/null || missing="$$missing grammalecte-cli"; \
	ls /usr/share/fonts/truetype/roboto >/dev/null 2>&1 || missing="$$missing fonts-roboto-unhinted"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get --quiet update && $(DEBIAN) $$missing; \
	else echo "Only root can install Debian packages; skipped are the tests that need:$$missing"; fi

# For vnu alone, and 200 MB: `make test` asks vnu where Java is there anyway, `make soak` sees to it.
java:
	@command -v java >/dev/null || { test "$$(id -u)" = 0 && apt-get --quiet update && $(DEBIAN) default-jre-headless; } || true

# A client of somebody else's language does with a list what it does there; `make soak` alone asks it.
php:
	@command -v php >/dev/null || { test "$$(id -u)" = 0 && apt-get --quiet update && $(DEBIAN) php-cli; } || true

# A browser that knows no passkeys, on a screen that nobody sees; `make soak` alone asks it.
webkit:
	@command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get --quiet update && $(DEBIAN) webkit2gtk-driver xvfb; } || true

# Imports the wallet where that Python is here; `make soak` alone asks it.
oldest:
	@! python3.11 -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory .venv-oldest/installed

# What reads the files of deploy/, builds the image, and stands beside several nodes: each program, and the package that has it.
# `make soak` alone asks them, and starts them itself; netavark is what buildah asks for networks.
BESIDE_NODES := haproxy:haproxy caddy:caddy pgbouncer:pgbouncer patroni:patroni kustomize:kustomize buildah:buildah \
    /usr/lib/podman/netavark:netavark debootstrap:debootstrap docker-compose:docker-compose valkey-server:valkey-server \
    etcd:etcd-server promtool:prometheus ip:iproute2 faketime:faketime /usr/lib/python3/dist-packages/etcd:python3-etcd
nodes: .venv-nodes/installed
	@missing=""; \
	for one in $(BESIDE_NODES); do \
	    PATH="$$PATH:/usr/sbin" command -v "$${one%:*}" >/dev/null || test -e "$${one%:*}" || missing="$$missing $${one#*:}"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get --quiet update && RUNLEVEL=1 $(DEBIAN) $$missing; \
	else echo "Only root can install Debian packages; skipped are the tests that need:$$missing"; fi || true

# --- the words used above --------------------------------------------------------------------------------------------

# The newest Python that has all it takes, in $python; or one sentence that says what is missing.
define NEWEST_PYTHON
old=""; bare=""; \
for python in python3.14 python3.13 python3.12 python3.11 python3 none; do \
    if ! $$python --version >/dev/null 2>&1; then continue; fi; \
    if ! $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then old="$$($$python --version)"; continue; fi; \
    if $$python -c 'import ensurepip, venv' 2>/dev/null; then break; fi; bare="$${bare:-$$python}"; \
done; \
if [ "$$python" != none ]; then :; \
elif [ -n "$$bare" ]; then echo "$$bare has no venv module: install it (on Debian and Ubuntu, apt-get install python3-venv) and try again." >&2; exit 1; \
else echo "The wallet needs Python 3.11 or newer$${old:+ and found only $$old}: install one and try again." >&2; exit 1; fi
endef

# The system's npm when it reads today's locks; else the one that PyPI carries, by its locked hash.
define npm
if npm --version 2>/dev/null | grep -qE '^([89]|[1-9][0-9])\.'; then npm $(1) --loglevel=error; \
else test -x .node/bin/npm || { .venv/bin/python -m venv .node && \
        .node/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements-node.lock; }; \
    PATH="$$PWD/.node/bin:$$PATH" npm $(1) --loglevel=error; fi
endef

COMPILE = .venv-lock/bin/uv pip compile --quiet $(UPGRADE) --universal --generate-hashes --no-strip-extras \
    --python-version 3.11 --no-header --no-annotate --no-emit-index-url
