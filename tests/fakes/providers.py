"""The providers that the tests may ask: the demo model always, real ones where variables name them."""

import os

_PREFIXES = {
    "local": "SIGNOFF_TEST_LOCAL_MODEL",
    "openai": "SIGNOFF_TEST_OPENAI_",
    "azure": "SIGNOFF_TEST_AZURE_OPENAI_",
    "demo": "SIGNOFF_TEST_DEMO_",
}

PROVIDERS = {
    name: {
        key.removeprefix("SIGNOFF_TEST_"): value
        for key, value in os.environ.items()
        if key.startswith(prefix)
    }
    for name, prefix in _PREFIXES.items()
}
"""The variables of each, as the bot reads them."""

CONFIGURED = [name for name, found in PROVIDERS.items() if found or name == "demo"]
