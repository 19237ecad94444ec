/* Name look-up asks the hosts file, the services file and DNS. The tables of the two name services that glibc builds in, "files" and "dns", name
   the functions of every other database as well: none of them is ever asked, and these stand in their place. So getpwnam, getgrnam, initgroups,
   getprotobyname, getnetbyname and the like find nothing in this program. */

/* NSS_STATUS_UNAVAIL: the service cannot answer. */
__attribute__((visibility("hidden"))) int no_database(void) { return -1; }

#define REFUSE(name) int name(void) __attribute__((weak, alias("no_database")));

/* aliases */
REFUSE(_nss_files_endaliasent) REFUSE(_nss_files_getaliasbyname_r) REFUSE(_nss_files_getaliasent_r) REFUSE(_nss_files_setaliasent)
/* ethers */
REFUSE(_nss_files_endetherent) REFUSE(_nss_files_getetherent_r) REFUSE(_nss_files_gethostton_r) REFUSE(_nss_files_getntohost_r)
REFUSE(_nss_files_setetherent)
/* netgroups */
REFUSE(_nss_files_endnetgrent) REFUSE(_nss_files_getnetgrent_r) REFUSE(_nss_files_setnetgrent)
/* networks */
REFUSE(_nss_files_endnetent) REFUSE(_nss_files_getnetbyaddr_r) REFUSE(_nss_files_getnetbyname_r) REFUSE(_nss_files_getnetent_r)
REFUSE(_nss_files_setnetent) REFUSE(_nss_dns_getnetbyaddr_r) REFUSE(_nss_dns_getnetbyname_r)
/* groups */
REFUSE(_nss_files_endgrent) REFUSE(_nss_files_getgrent_r) REFUSE(_nss_files_getgrgid_r) REFUSE(_nss_files_getgrnam_r)
REFUSE(_nss_files_initgroups_dyn) REFUSE(_nss_files_setgrent)
/* protocols */
REFUSE(_nss_files_endprotoent) REFUSE(_nss_files_getprotobyname_r) REFUSE(_nss_files_getprotobynumber_r) REFUSE(_nss_files_getprotoent_r)
REFUSE(_nss_files_setprotoent)
/* users */
REFUSE(_nss_files_endpwent) REFUSE(_nss_files_getpwent_r) REFUSE(_nss_files_getpwnam_r) REFUSE(_nss_files_getpwuid_r) REFUSE(_nss_files_setpwent)
/* RPC programs */
REFUSE(_nss_files_endrpcent) REFUSE(_nss_files_getrpcbyname_r) REFUSE(_nss_files_getrpcbynumber_r) REFUSE(_nss_files_getrpcent_r)
REFUSE(_nss_files_setrpcent)
/* shadows of groups */
REFUSE(_nss_files_endsgent) REFUSE(_nss_files_getsgent_r) REFUSE(_nss_files_getsgnam_r) REFUSE(_nss_files_setsgent)
/* shadows of users */
REFUSE(_nss_files_endspent) REFUSE(_nss_files_getspent_r) REFUSE(_nss_files_getspnam_r) REFUSE(_nss_files_setspent)
