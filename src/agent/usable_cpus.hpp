// usable_cpus(): how many processors this process may really use: CPU affinity and the cgroup's
// quota, not what the machine has.
#pragma once

#include "core/files.hpp"

#include <optional>
#include <string_view>

namespace vc::agent {

// At least 1.
unsigned usable_cpus();

// The CPU quota of a cgroup, v2 (`cpu.max`, every ancestor counts) or v1 (`cpu.cfs_quota_us`), in
// whole processors rounded up; nullopt when there is no quota. `proc_self_cgroup` is that file's
// text, `cgroup_mount` usually /sys/fs/cgroup.
std::optional<unsigned> cgroup_cpu_quota(std::string_view proc_self_cgroup,
                                         const fs::path& cgroup_mount);

}  // namespace vc::agent
