/* The system calls that a confined node makes, each with its reason. filter.c makes the filter of this list; scripts/sandbox-test.sh compares it
   with the calls that the tests make, and looks the numbers of arm64 up in the kernel's own table.

   CALL(name, reason)                          is allowed.
   UNSEEN(name, reason)                        is allowed too, but scripts/sandbox-test.sh does not see it for sure.
   EQUAL(name, argument, value, reason)        only when the argument is this value.
   UNSEEN_EQUAL(...)                           both.
   UNSEEN_OPTION(name, argument, value, value, value, error, reason)   with three values; others fail with the error.
   THREAD(name, reason)                        only for a new thread in the same namespaces.
   WITHOUT(name, argument, bits, reason)       only when the argument has none of these bits.
   OWN(name, reason)                           only when the first argument is this process.
   REFUSED(name, error, reason)                fails with an error that the caller expects; every other call ends the process.
   INTERNET(name, reason)                      socket(2): TCP and UDP, and the netlink of routes for the resolver; others fail.

   The most frequent calls come first: a kernel before 5.11 goes through the list at each call. */

/* Requests and replies. */
#ifdef __NR_epoll_wait
CALL(epoll_wait, "the event loop waits")
#else
CALL(epoll_pwait, "the event loop waits")
#endif
CALL(recvfrom, "requests are received")
CALL(sendto, "replies are sent")
CALL(sendmsg, "replies of several parts")
CALL(futex, "locks, and idle threads")
CALL(read, "events, signals, and files of the system")
CALL(write, "events, and lines of the log")
CALL(epoll_ctl, "connections are watched")
CALL(accept4, "connections are accepted")
CALL(close, "connections and files are closed")
UNSEEN(epoll_pwait2, "the event loop waits for less than a millisecond")
CALL(sched_yield, "a thread waits a moment for a lock")
CALL(sendfile, "files are sent")
CALL(writev, "the log of changes")
CALL(fdatasync, "the log of changes is on the disk")
#ifdef __NR_poll
CALL(poll, "connections to other nodes, and the resolver")
#else
CALL(ppoll, "connections to other nodes, and the resolver")
#endif

/* Memory and threads, for the runtime and the C library as well. No memory becomes executable. */
WITHOUT(mmap, 2, PROT_EXEC, "memory")
WITHOUT(mprotect, 2, PROT_EXEC, "stacks and the heap")
CALL(munmap, "memory is given back")
CALL(madvise, "memory is given back")
UNSEEN(mremap, "long values grow")
UNSEEN(brk, "the C library's heap")
UNSEEN(membarrier, "the runtime's garbage collection")
THREAD(clone, "threads; no process")
REFUSED(clone3, ENOSYS, "the C library uses clone instead, whose arguments can be checked")
CALL(set_robust_list, "a thread starts")
CALL(rseq, "a thread starts")
CALL(rt_sigprocmask, "a thread starts")
CALL(sched_getaffinity, "the processors of a thread, for its arenas of memory")
EQUAL(prctl, 0, PR_SET_NAME, "the name of a thread")
CALL(gettid, "the runtime tells threads apart")
CALL(exit, "a thread ends")
CALL(exit_group, "the process ends")
OWN(tgkill, "the runtime suspends threads, and abort(3)")
CALL(getpid, "for tgkill")
UNSEEN(rt_sigaction, "the runtime's handlers, and abort(3)")
UNSEEN(rt_sigreturn, "a handler returns")
UNSEEN(restart_syscall, "the kernel goes on with a wait after the process was stopped and continued")
UNSEEN(getcpu, "the processor of a thread, where the kernel has no rseq")
UNSEEN(clock_gettime, "where the clock cannot be read without a call")
UNSEEN(clock_nanosleep, "a snapshot rests, and the runtime waits a moment")
UNSEEN(getrandom, "seeds, and names of files")

/* Connections. */
INTERNET(socket, "connections to other nodes, to the master and to name servers")
CALL(connect, "connections to other nodes, to the master and to name servers")
CALL(setsockopt, "no delay, no linger, keep-alive")
CALL(getsockopt, "whether a connection was made")
CALL(getsockname, "an own address")
UNSEEN(getpeername, "the address of a client")
UNSEEN(shutdown, "a connection is ended")
UNSEEN(bind, "a name with several addresses: the resolver asks the kernel for the machine's own")
UNSEEN(recvmsg, "the kernel's answer to that")
UNSEEN(sendmmsg, "a name server is asked for two kinds of addresses at once")
/* The length of a name server's answer, what a client has not received when the node stops, and the number of the interface that an
   IPv6 address names. */
UNSEEN_OPTION(ioctl, 1, FIONREAD, TIOCOUTQ, SIOCGIFINDEX, ENOTTY, "facts of connections")

/* Files, where Landlock allows them. */
CALL(openat, "files of the data, of settings and of the system")
CALL(openat2, "shared files, beneath their folder")
CALL(statx, "whether files have changed")
UNSEEN(newfstatat, "whether the resolver's settings have changed")
UNSEEN(fstat, "the C library's files, from glibc 2.39 on")
CALL(lseek, "the C library's files")
CALL(pread64, "the data are read")
CALL(pwrite64, "a snapshot of the master is kept")
UNSEEN(preadv2, "whether a shared file is in memory")
CALL(getdents64, "folders are listed")
CALL(fsync, "snapshots, and names of files, are on the disk")
CALL(sync_file_range, "snapshots are written evenly")
CALL(fadvise64, "the memory of a file that goes is freed piece by piece")
UNSEEN(ftruncate, "what a crash has left is cut off")
CALL(flock, "one node uses the data")
#ifdef __NR_rename
CALL(rename, "a file takes the place of another")
CALL(unlink, "files that are not needed any more, and the path of a socket")
CALL(mkdir, "the folder of the log")
CALL(readlink, "the program's own file, for INFO")
#else
CALL(renameat, "a file takes the place of another")
CALL(unlinkat, "files that are not needed any more, and the path of a socket")
CALL(mkdirat, "the folder of the log")
CALL(readlinkat, "the program's own file, for INFO")
#endif
UNSEEN(getcwd, "the current folder, for CONFIG GET dir of a relative path")
CALL(inotify_add_watch, "the shared folder is watched again")
CALL(inotify_init1, "the shared folder is watched again")
CALL(eventfd2, "a thread is woken")

/* Facts for INFO and /metrics. */
CALL(uname, "the kernel's name")
CALL(sysinfo, "the machine's memory")
CALL(getrusage, "processor time")
UNSEEN_EQUAL(prlimit64, 0, 0, "own limits, for the stack of a thread")
