dnl SPDX-License-Identifier: GPL-2.0-only

dnl DIO_PKG(VARIABLE, MODULES, DEBIAN-PACKAGES)
AC_DEFUN([DIO_PKG], [
	PKG_CHECK_MODULES([$1], [$2], [],
		[AC_MSG_ERROR([$2 not found: install the Debian package(s) $3])])
])

dnl DIO_PROG(VARIABLE, PROGRAM, DEBIAN-PACKAGE)
AC_DEFUN([DIO_PROG], [
	AC_CHECK_PROG([$1], [$2], [$2])
	AS_IF([test -z "$$1"],
		[AC_MSG_ERROR([$2 not found: install the Debian package $3])])
])

dnl One machine has one kernel, one nameserver's socket and one safexd's, where
dnl ever programs are installed: not below --prefix unless that is asked for.
AC_DEFUN([DIO_DIRECTORIES], [
	AS_IF([test "$localstatedir" = '${prefix}/var'], [localstatedir=/var])
	AS_IF([test "$localstatedir" = /var && test "$runstatedir" = '${localstatedir}/run'],
		[runstatedir=/run])
])

dnl The units name what systemd makes below its own /var and /run.
AC_DEFUN([DIO_SYSTEMD], [
	AC_ARG_WITH([systemdsystemunitdir],
		[AS_HELP_STRING([--with-systemdsystemunitdir=DIR], [units (PREFIX/lib/systemd/system), or no])],
		[], [with_systemdsystemunitdir='${prefix}/lib/systemd/system'])
	AS_IF([test "$localstatedir:$runstatedir" != /var:/run],
		[with_systemdsystemunitdir=no])
	AC_SUBST([systemdsystemunitdir], [$with_systemdsystemunitdir])
	AM_CONDITIONAL([SYSTEMD], [test "$with_systemdsystemunitdir" != no])
])

dnl Warnings for our own code, and what --enable-sanitizers and
dnl --enable-werror add. Generated code is compiled without WARNINGS.
AC_DEFUN([DIO_COMPILER_FLAGS], [
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--enable-sanitizers], [build with ASan and UBSan])],
		[], [enable_sanitizers=no])
	AC_ARG_ENABLE([werror],
		[AS_HELP_STRING([--enable-werror], [make warnings errors])],
		[], [enable_werror=no])
	WARNINGS="-Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wvla"
	AS_IF([test "$enable_werror" = yes], [WARNINGS="$WARNINGS -Werror"])
	SANITIZE=
	AS_IF([test "$enable_sanitizers" = yes], [
		SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all"
		SANITIZE="$SANITIZE -fno-omit-frame-pointer"
		# Checked arithmetic hides the ranges of values from this one.
		WARNINGS="$WARNINGS -Wno-format-truncation"
	])
	AC_SUBST([WARNINGS])
	AC_SUBST([SANITIZE])
	AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" = yes])
])

dnl The static libbpf that integration/libbpf.sh builds: DIR/libbpf.a and
dnl DIR/usr/include/bpf. Debian 12's own is too old for struct_ops of a module.
AC_DEFUN([DIO_LIBBPF], [
	AC_ARG_WITH([libbpf],
		[AS_HELP_STRING([--with-libbpf=DIR], [libbpf >= 1.5, as made by integration/libbpf.sh])],
		[], [with_libbpf=])
	AS_IF([test "$with_libbpf" = no], [with_libbpf=])
	AS_IF([test -n "$with_libbpf" && test ! -f "$with_libbpf/libbpf.a"],
		[AC_MSG_ERROR([no libbpf.a in $with_libbpf: run integration/libbpf.sh])])
	AS_IF([test -n "$with_libbpf"], [
		with_libbpf=$(cd "$with_libbpf" && pwd)
		LIBBPF_CFLAGS="-I$with_libbpf/usr/include"
		LIBBPF_LIBS="$with_libbpf/libbpf.a $ELF_LIBS $ZLIB_LIBS"
	])
	AC_SUBST([with_libbpf])
	AC_SUBST([LIBBPF_CFLAGS])
	AC_SUBST([LIBBPF_LIBS])
	AM_CONDITIONAL([LIBBPF], [test -n "$with_libbpf"])
])

dnl Where `make module` finds the kernel to build safex.ko for.
AC_DEFUN([DIO_KERNEL_HEADERS], [
	AC_ARG_WITH([kernel-headers],
		[AS_HELP_STRING([--with-kernel-headers=DIR], [kernel build directory for `make module'])],
		[], [with_kernel_headers=])
	AS_IF([test "$with_kernel_headers" = no], [with_kernel_headers=])
	AS_IF([test -n "$with_kernel_headers" && test ! -f "$with_kernel_headers/Module.symvers"],
		[AC_MSG_ERROR([no Module.symvers in $with_kernel_headers])])
	AS_IF([test -n "$with_kernel_headers"],
		[with_kernel_headers=$(cd "$with_kernel_headers" && pwd)])
	AC_SUBST([KERNEL_HEADERS], [$with_kernel_headers])
])
