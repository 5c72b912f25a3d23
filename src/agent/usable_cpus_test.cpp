#include "agent/usable_cpus.hpp"

#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

struct CgroupQuota : testing::Test {
  TempDir dir = TempDir::create().value();

  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(write_file_atomically(dir.path() / name, text).has_value());
  }
};

TEST_F(CgroupQuota, IsRoundedUpToWholeProcessors) {
  write("work/cpu.max", "150000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota("0::/work\n", dir.path()), 2U);
}

TEST_F(CgroupQuota, OfAnAncestorCountsToo) {
  write("a/cpu.max", "100000 100000\n");
  write("a/b/cpu.max", "800000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota("0::/a/b\n", dir.path()), 1U);
}

TEST_F(CgroupQuota, OfTheMountIsUsedWhenTheNamedGroupIsNotVisible) {
  write("cpu.max", "300000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota("0::/kubepods/pod1\n", dir.path()), 3U);
}

TEST_F(CgroupQuota, SaysNothingWhenUnlimited) {
  write("work/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_quota("0::/work\n", dir.path()), std::nullopt);
  EXPECT_EQ(cgroup_cpu_quota("", dir.path()), std::nullopt);
  EXPECT_EQ(cgroup_cpu_quota("nonsense", dir.path()), std::nullopt);
}

TEST_F(CgroupQuota, OfVersionOneIsReadFromTheCpuController) {
  write("cpu/docker/x/cpu.cfs_quota_us", "400000\n");
  write("cpu/docker/x/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota("5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n", dir.path()), 4U);
}

TEST_F(CgroupQuota, OfVersionOneMayBeUnlimited) {
  write("cpu/cpu.cfs_quota_us", "-1\n");
  write("cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota("4:cpu:/\n", dir.path()), std::nullopt);
}

TEST(UsableCpus, AreAtLeastOne) {
  EXPECT_GE(usable_cpus(), 1U);
}

}  // namespace
}  // namespace vc::agent
