#!/bin/sh
# dash 0.5.12-12 (Debian 13): `[ A -ot B ]` is true where A is not there, and `[ B -nt A ]` too,
# as in bash and POSIX.1-2024; in 0.5.12-2 (Debian 12), of the same upstream version, both are
# false. A script that removes what is older than what it was made of meets a file that is
# not there on one of them alone.
#
# For us: `rm -f` in ansible/roles/environment/files/secrets.
#
# Wants root, apt-get and mmdebstrap, on Debian 12. Exit 1: it has changed.
set -eu
old=0.5.12-2
new=0.5.12-12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -q "dash=$old" >/dev/null 2>&1
dpkg -x ./*.deb old
mmdebstrap --quiet --variant=minbase --include="dash=$new" trixie new >/dev/null 2>&1
: > new/there
: > there
text='for test in "-ot /there" "-nt /gone"; do
	case $test in -ot*) [ /gone -ot "$1/there" ] ;; *) [ "$1/there" -nt /gone ] ;; esac &&
	printf "yes " || printf "no "; done'
got="$old: $(old/bin/dash -c "$text" dash "$work")
$new: $(chroot new /usr/bin/dash -c "$text" dash "")"
echo "$got"
[ "$got" = "$old: no no 
$new: yes yes " ]
