"""install_packages.sh with stand-ins for Debian's commands; usage: install_packages_test.py SCRIPTS_DIR."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(sys.argv[1])

# Reports every queried package as installed but those named in the file `absent`.
DPKG_QUERY = """#!/bin/bash
for name in "${@:3}"; do
  if grep -qx "$name" "$FAKE/absent"; then status=1; else printf 'installed/%s ' "$name"; fi
done
exit ${status:-0}
"""
APT_GET = """#!/bin/bash
echo "$DEBIAN_FRONTEND $*" >>"$FAKE/apt.log"
exit ${APT_STATUS:-0}
"""


class InstallPackages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fake = Path(folder.name)
        for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET), ("sudo", '#!/bin/bash\nexec "$@"\n')):
            (self.fake / name).write_text(text)
            (self.fake / name).chmod(0o755)
        self.environment = {**os.environ, "FAKE": str(self.fake), "PATH": f"{self.fake}:{os.environ['PATH']}"}
        self.environment.pop("SCOREFEM_SKIP_PACKAGES", None)

    def install(self, absent, **environment):
        (self.fake / "absent").write_text("\n".join(absent) + "\n")
        return subprocess.run([SCRIPTS / "install_packages.sh", "build", "test"], capture_output=True, text=True, timeout=60,
                              cwd="/", env={**self.environment, **environment})

    def calls(self):
        log = self.fake / "apt.log"
        return log.read_text().splitlines() if log.exists() else []

    def test_is_silent_when_nothing_is_missing(self):
        result = self.install([])
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(self.calls(), [])

    def test_updates_once_and_installs_only_what_is_missing(self):
        result = self.install(["cmake", "chromium"])
        self.assertEqual(result.returncode, 0, result.stderr)
        update, install = self.calls()
        self.assertTrue(update.startswith("noninteractive ") and update.endswith(" update"))
        self.assertTrue(install.endswith(" install -y --no-install-recommends cmake chromium"), install)

    def test_says_what_could_not_be_installed(self):
        result = self.install(["libtorch-dev"], APT_STATUS="100")
        self.assertEqual(result.returncode, 1)
        self.assertIn("Could not install the packages: libtorch-dev", result.stderr)

    def on(self, system):
        """With a missing package, on a system that describes itself so."""
        (self.fake / "os-release").write_text(system)
        return self.install(["libtorch-dev"], SCOREFEM_OS_RELEASE=str(self.fake / "os-release"))

    def test_installs_on_both_supported_releases(self):
        for number in (12, 13):
            result = self.on(f'ID=debian\nVERSION_ID="{number}"\n')
            self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(len(self.calls()), 4)

    def test_goes_on_with_a_word_on_what_comes_after_them(self):
        result = self.on("ID=debian\nVERSION_CODENAME=forky\n")
        self.assertEqual(result.returncode, 0)
        self.assertIn("Debian 12 is tested, and 13 as far as it compiles; this is debian forky", result.stderr)

    def test_says_elsewhere_what_to_do(self):
        for system in ("ID=fedora\nVERSION_ID=42\n", 'ID=debian\nVERSION_ID="11"\n', ""):
            result = self.on(system)
            self.assertEqual(result.returncode, 1)
            for word in ("libtorch-dev", "scripts/containers", "CMAKE_PREFIX_PATH", "SCOREFEM_SKIP_PACKAGES=1"):
                self.assertIn(word, result.stderr)
        self.assertEqual(self.calls(), [])

    def test_takes_the_system_as_it_is_when_asked_to(self):
        self.assertEqual(self.install(["cmake"], SCOREFEM_SKIP_PACKAGES="1").returncode, 0)
        self.assertEqual(self.calls(), [])


class UnpackPackages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fake = Path(folder.name)
        # `apt-get download NAME...` fails before the first `update`.
        self.command("apt-get", """[ "${*: -1}" = update ] && { touch "$FAKE/updated"; exit; }
[ -e "$FAKE/updated" ] || exit 100
while [ "$1" != download ]; do shift; done
for name in "${@:2}"; do touch "${name}_1.0_all.deb"; done
""")
        self.command("dpkg-deb", 'mkdir -p "$3"; basename "$2" >>"$3/contents"\n')
        self.command("id", "echo 0\n")

    def command(self, name, text):
        (self.fake / name).write_text(f"#!/bin/bash\n{text}")
        (self.fake / name).chmod(0o755)

    def unpack(self):
        environment = {**os.environ, "FAKE": str(self.fake), "PATH": f"{self.fake}:{os.environ['PATH']}"}
        environment.pop("SCOREFEM_SKIP_PACKAGES", None)
        return subprocess.run([SCRIPTS / "unpack_packages.sh", "into", "unpacked"], capture_output=True, text=True, timeout=60, check=False,
                              cwd=self.fake, env=environment)

    def test_unpacks_each_once_and_installs_nothing(self):
        result = self.unpack()
        self.assertEqual(result.returncode, 0, result.stderr)
        contents = self.fake / "into" / "contents"
        expected = ["libopenblas0-openmp_1.0_all.deb", "libopenblas0-pthread_1.0_all.deb", "libblis4-openmp_1.0_all.deb"]
        self.assertEqual(contents.read_text().splitlines(), expected)
        (self.fake / "apt-get").unlink()
        result = self.unpack()
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(contents.read_text().splitlines(), expected)

    def test_says_what_could_not_be_downloaded(self):
        self.command("apt-get", "echo no network; exit 100\n")
        result = self.unpack()
        self.assertEqual(result.returncode, 1)
        self.assertIn("no network", result.stderr)
        self.assertIn("Could not download the packages: libopenblas0-openmp", result.stderr)
        self.assertFalse((self.fake / "into" / "contents").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
