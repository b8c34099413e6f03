"""Certificates of the zoo, made anew at every start: a good one, and one for each way to be bad."""
import os
import subprocess

NAMES = "DNS:localhost,DNS:good.test,IP:127.0.0.1,IP:::1"


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}:\n{done.stdout.decode(errors='replace')}")


def make_certificates(folder):
    """Writes ca.pem, other_ca.pem and, for each name, NAME.pem and NAME.key; returns {name: (certificate, key)}."""
    os.makedirs(folder, exist_ok=True)

    def path(name):
        return os.path.join(folder, name)

    def key_and(*arguments, key):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", path(key), *arguments)

    for ca in ("ca", "other_ca"):
        key_and("-x509", "-days", "2", "-subj", f"/CN=Zoo {ca}", "-out", path(ca + ".pem"), key=ca + ".key")

    def signed(name, ca, alternative_names, *when):
        key_and("-subj", f"/CN={name}", "-out", path(name + ".csr"), key=name + ".key")
        with open(path(name + ".ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName={alternative_names}\nbasicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", path(name + ".csr"), "-CA", path(ca + ".pem"), "-CAkey", path(ca + ".key"),
                "-CAcreateserial", "-extfile", path(name + ".ext"), "-out", path(name + ".pem"), *when)

    signed("good", "ca", NAMES, "-days", "2")
    signed("expired", "ca", NAMES, "-days", "-1")
    signed("wrong_name", "ca", "DNS:elsewhere.test", "-days", "2")
    signed("unknown_ca", "other_ca", NAMES, "-days", "2")
    key_and("-x509", "-days", "2", "-subj", "/CN=localhost", "-addext", f"subjectAltName={NAMES}",
            "-out", path("self_signed.pem"), key="self_signed.key")
    return {name: (path(name + ".pem"), path(name + ".key"))
            for name in ("good", "expired", "wrong_name", "self_signed", "unknown_ca")}
