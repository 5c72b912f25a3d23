// TraceFilter: the seccomp filter of a traced process (seccomp(2), seccomp_unotify(2)).
//
// A traced call waits until the supervisor has looked at it and lets it continue. What would go
// round the filter is refused with ENOSYS: io_uring_setup(2), and the calls of foreign ABIs (i386
// and x32 on x86-64).
#pragma once

#include "core/fd.hpp"

#include <linux/filter.h>

#include <expected>
#include <string>
#include <vector>

namespace vc::agent {

std::vector<sock_filter> make_trace_filter();

// From here on this process and all it starts are traced; returns the listener. There is no way
// back. Needs no rights: without CAP_SYS_ADMIN the process gives up gaining any (no_new_privs), so
// that setuid programs it starts run with its own. Otherwise an errno: EBUSY when another listener
// is around us; EPERM, EINVAL, ENOSYS where user notification is not to be had.
std::expected<UniqueFd, int> install_trace_filter();

// What such an errno means, for people.
std::string why_not_traced(int error_number);

}  // namespace vc::agent
