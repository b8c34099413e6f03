#!/usr/bin/python3
"""scripts/demo tells the truth and leaves nothing behind.

    demo_test.py DEMO PROGRAM

Runs it twice in a row, then once more and interrupts it as Ctrl-C does.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

demo, program = sys.argv.pop(1), sys.argv.pop(1)


def processes_naming(text):
    """Command lines of all processes with `text` in them."""
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it ended meanwhile
            continue
        if text in words:
            found.append(words)
    return found


class Demo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dormouse-demo-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {**os.environ, "DORMOUSE_PROGRAM": program, "TMPDIR": self.folder}

    def tearDown(self):
        # WordPress is laid out once for all sites of this machine and stays.
        self.assertEqual([], [name for name in os.listdir(self.folder) if not name.startswith("dormouse-wordpress-")])
        self.assertEqual([], processes_naming(self.folder))

    def test_runs_twice_in_a_row_with_closed_stdin(self):
        for _ in range(2):
            run = subprocess.run(["bash", "-c", 'exec "$1" <&-', "sh", demo], env=self.environment, text=True,
                                 capture_output=True, timeout=150)
            self.assertEqual(0, run.returncode, run.stdout + run.stderr)
            self.assertIn("20 of 20 requests carry a genuine signature", run.stdout)
            self.assertIn("no sleeper: certificate", run.stdout)
            self.assertRegex(run.stdout, r"hanna@example.test +We miss you, Hanna +Your access to Night school ended on")
            self.assertRegex(run.stdout, r"igor +\| [0-9-]+ \| 1 +\| skipped \| skipped_late")
            self.assertIn("20 webhooks and 2 letters sent, nothing lost", run.stdout)
            self.assertEqual("", run.stderr)

    def test_interrupted_it_ends_everything(self):
        with subprocess.Popen([demo], env=self.environment, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as run:
            seen = ""
            for line in run.stdout:
                seen += line
                if "the worker is ready" in line:
                    break
            else:
                self.fail(seen)
            self.assertGreater(len(processes_naming(self.folder)), 4)
            os.killpg(run.pid, signal.SIGINT)  # what a terminal sends
            run.stdout.read()
            self.assertEqual(130, run.wait(30))

    def test_says_what_did_not_happen(self):
        self.environment["DORMOUSE_PROGRAM"] = "/bin/false"
        run = subprocess.run([demo], env=self.environment, text=True, capture_output=True, timeout=60)
        self.assertEqual(1, run.returncode)
        self.assertIn("demo: this does not run: /bin/false", run.stderr)


if __name__ == "__main__":
    unittest.main()
