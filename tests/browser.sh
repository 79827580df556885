# Installs Chromium from Debian's packages when there is none and it may be installed.
set -eu
for name in "${CHROMIUM:-}" chromium google-chrome; do
    if [ -n "$name" ] && command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the tests ..."
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-liberation fonts-noto-color-emoji >/dev/null
else
    echo "There is no Chromium, and only root can install it: tests that look at cards will say so."
fi
