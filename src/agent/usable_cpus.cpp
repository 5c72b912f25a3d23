#include "agent/usable_cpus.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <thread>

namespace vc::agent {

namespace {

constexpr std::uint64_t kCgroupFileBytesMax = 64 << 10;

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value <= 0) {
    return std::nullopt;  // "max", "-1" and the empty string: no quota.
  }
  return value;
}

std::string text_of(const fs::path& file) {
  const auto text = read_file_if_exists(file, kCgroupFileBytesMax);
  return text ? text->value_or(std::string()) : std::string();
}

std::optional<unsigned> quota(std::string_view quota_us, std::string_view period_us) {
  const auto allowed = parse_number(quota_us);
  const auto period = parse_number(period_us);
  if (!allowed || !period) {
    return std::nullopt;
  }
  return static_cast<unsigned>(std::max<std::int64_t>(1, (*allowed + *period - 1) / *period));
}

std::optional<unsigned> quota_v2(const fs::path& cgroup) {
  const std::string text = text_of(cgroup / "cpu.max");  // "150000 100000" or "max 100000".
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) {
    return std::nullopt;
  }
  return quota(std::string_view(text).substr(0, space), std::string_view(text).substr(space + 1));
}

std::optional<unsigned> quota_v1(const fs::path& cgroup) {
  return quota(text_of(cgroup / "cpu.cfs_quota_us"), text_of(cgroup / "cpu.cfs_period_us"));
}

std::optional<unsigned> smaller(std::optional<unsigned> a, std::optional<unsigned> b) {
  return a && b ? std::min(*a, *b) : (a ? a : b);
}

// Inside a container `group` may not exist below its own mount: then only the root counts.
std::optional<unsigned> smallest_quota_v2(const fs::path& cgroup_mount, fs::path group) {
  std::optional<unsigned> found = quota_v2(cgroup_mount / group);
  while (!group.empty()) {
    group = group.parent_path();
    found = smaller(found, quota_v2(cgroup_mount / group));
  }
  return found;
}

}  // namespace

std::optional<unsigned> cgroup_cpu_quota(std::string_view proc_self_cgroup,
                                         const fs::path& cgroup_mount) {
  std::optional<unsigned> found;
  while (!proc_self_cgroup.empty()) {
    const std::size_t end = proc_self_cgroup.find('\n');
    const std::string_view line = proc_self_cgroup.substr(0, end);
    proc_self_cgroup.remove_prefix(end == std::string_view::npos ? proc_self_cgroup.size()
                                                                 : end + 1);
    // "0::/user.slice/x" is v2, "4:cpu,cpuacct:/docker/abc" is v1.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
      continue;
    }
    const std::string controllers =
        "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
    const fs::path group = fs::path(line.substr(second + 1)).relative_path();
    if (controllers == ",,") {
      found = smaller(found, smallest_quota_v2(cgroup_mount, group));
    } else if (controllers.find(",cpu,") != std::string::npos) {
      found = smaller(found, quota_v1(cgroup_mount / "cpu" / group));
      found = smaller(found, quota_v1(cgroup_mount / "cpu"));
    }
  }
  return found;
}

unsigned usable_cpus() {
  unsigned count = std::max(1U, std::thread::hardware_concurrency());
  cpu_set_t affinity;
  CPU_ZERO(&affinity);
  // Fails on machines with more processors than the set holds; then the machine's count stands.
  if (::sched_getaffinity(0, sizeof affinity, &affinity) == 0) {
    count = std::min(count, static_cast<unsigned>(std::max(1, CPU_COUNT(&affinity))));
  }
  if (const auto limit = cgroup_cpu_quota(text_of("/proc/self/cgroup"), "/sys/fs/cgroup")) {
    count = std::min(count, *limit);
  }
  return count;
}

}  // namespace vc::agent
