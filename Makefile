# Two commands: `make app` builds and serves the page, `make test` checks everything.
# A stamp in .cache/stamps says what is set up for the files it depends on.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
STAMPS := .cache/stamps
CODE := src tests webbuild build_wasm.py benchmarks docs/pictures.py

.PHONY: app test soak bench pictures clean
.DELETE_ON_ERROR:

app:
	$(PYTHON) build_wasm.py --serve $(PORT)

test: $(STAMPS)/venv $(STAMPS)/npm $(STAMPS)/system $(STAMPS)/models
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(CODE)
	npm run --silent types
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --max-worker-restart 0

soak: $(STAMPS)/venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[soak]'
	$(BIN)/python -m pytest -m soak

bench: $(STAMPS)/venv $(STAMPS)/system $(STAMPS)/models
	$(PYTHON) build_wasm.py --single-file
	for script in $$(grep -l '^if __name__' benchmarks/*.py benchmarks/*/*.py); do \
		$(BIN)/python "$$script" || exit 1; done

pictures: $(STAMPS)/venv $(STAMPS)/system
	$(PYTHON) build_wasm.py
	$(BIN)/python docs/pictures.py

clean:
	rm -rf .venv .cache node_modules dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(STAMPS)/venv: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	mkdir -p $(@D) && touch $@

$(STAMPS)/npm: package.json package-lock.json .npmrc
	npm ci --silent
	mkdir -p $(@D) && touch $@

$(STAMPS)/models: webbuild/models.py webbuild/parts.py
	$(PYTHON) -m webbuild.models
	mkdir -p $(@D) && touch $@

$(STAMPS)/system: .ci/system
	bash .ci/system
	mkdir -p $(@D) && touch $@
