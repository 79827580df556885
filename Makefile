UV := $(or $(shell command -v uv),.uv/bin/uv)
RUN := $(UV) run --frozen

.PHONY: run test soak check gallery bench package tools

run: $(UV) node_modules/.installed
	@$(RUN) --no-dev signoff serve --local --playground

test: $(UV) tools
	@$(RUN) pytest --cov --cov-report=term:skip-covered

# What crashes and faults may do, tried in full: ten times the runs, and every kill on Cosmos DB as well.
soak: $(UV)
	@SIGNOFF_SOAK=1 $(RUN) pytest tests/durability

check: $(UV)
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) pyright
	@$(RUN) lint-imports

# The pictures of all cards, and the page that shows them.
gallery: $(UV) tools
	@$(RUN) python -m tests.gallery

bench: $(UV)
	@$(RUN) python -m tests.bench

package: $(UV)
	@$(RUN) --no-dev python infra/teams/package.py --app-id "$(APP_ID)" --out build/signoff-teams.zip

# What the tests need beside Python: node packages and a browser. What is missing is named by the tests.
tools: node_modules/.installed-dev
	@sh tests/browser.sh

node_modules/.installed: package-lock.json
	@if command -v npm >/dev/null; then npm ci --omit=dev --no-fund --no-audit --loglevel=error >/dev/null && touch $@; fi

node_modules/.installed-dev: package-lock.json
	@if command -v npm >/dev/null; then npm ci --no-fund --no-audit --loglevel=error >/dev/null && touch $@ node_modules/.installed; fi

.uv/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Signoff needs Python 3.11 or 3.12; this is %d.%d." % sys.version_info[:2])'
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .uv uv==0.13.8
