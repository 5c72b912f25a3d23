#include "agent/lockfile/package_locks.hpp"

#include "core/temp_dir.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace vc::agent {
namespace {

using ::testing::HasSubstr;

// web uses ui; api stands alone; docs has no manifest and uses ui by its velocity.yml.
class PackageLocksTest : public ::testing::Test {
 protected:
  PackageLocksTest() : directory_(TempDir::create().value()) {
    workspace_.root = directory_.path();
    workspace_.lockfile = "package-lock.json";
    for (const std::string name : {"api", "docs", "ui", "web"}) {
      Package package{.id = static_cast<PackageId>(workspace_.packages.size()),
                      .name = name,
                      .directory = "packages/" + name};
      if (name != "docs") {
        package.manifest = package.directory + "/package.json";
        package.manifest_name = name;
      }
      workspace_.packages.push_back(package);
    }
    workspace_.packages[1].dependencies = {2};
    workspace_.packages[3].dependencies = {2};
  }

  // The versions of what each one uses; "" leaves it out.
  static std::string lock_text(std::map<std::string, std::string> versions) {
    std::string entries;
    for (const char* name : {"of-api", "of-ui", "of-web", "of-root", "of-nobody"}) {
      if (!versions.contains(name)) {
        versions[name] = "1.0.0";
      }
      if (!versions[name].empty()) {
        entries +=
            fmt::format(R"(, "node_modules/{0}": {{"version": "{1}", "integrity": "{0}{1}"}})",
                        name, versions[name]);
      }
    }
    return fmt::format(R"({{"lockfileVersion": 3, "overrides": "{}", "packages": {{
      "": {{"devDependencies": {{"of-root": "*"}}}},
      "packages/api": {{"dependencies": {{"of-api": "*"}}}},
      "packages/ui": {{"dependencies": {{"of-ui": "*"}}}},
      "packages/web": {{"dependencies": {{"of-web": "*"}}}}{} }} }})",
                       versions["overrides"], entries);
  }

  PackageDigests digests(std::string_view text) {
    EXPECT_TRUE(write_file_atomically(workspace_.root / workspace_.lockfile, text));
    warnings_.clear();
    return package_locks(workspace_, sha256(text), warnings_);
  }

  // The names of the packages for which the two differ.
  std::string affected(const PackageDigests& before, const PackageDigests& after) {
    std::string names;
    for (const Package& package : workspace_.packages) {
      names += before[package.id] == after[package.id] ? "" : package.name + " ";
    }
    return names;
  }

  std::string affected_by(const std::string& name, const std::string& version = "2.0.0") {
    const PackageDigests before = digests(lock_text({}));
    return affected(before, digests(lock_text({{name, version}})));
  }

  TempDir directory_;
  Workspace workspace_;
  Diagnostics warnings_;
};

TEST_F(PackageLocksTest, ABumpIsOfItsUsersAndOfTheirUsers) {
  EXPECT_EQ(affected_by("of-api"), "api ");
  EXPECT_EQ(affected_by("of-web"), "web ");
  EXPECT_EQ(affected_by("of-ui"), "docs ui web ");
  EXPECT_EQ(affected_by("of-nobody"), "");
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(PackageLocksTest, WhatTheRootUsesOrIsSaidOfAllIsOfEveryone) {
  EXPECT_EQ(affected_by("of-root"), "api docs ui web ");
  EXPECT_EQ(affected_by("overrides", "x"), "api docs ui web ");
}

TEST_F(PackageLocksTest, OnlyTheUsersOfWhatIsMissingGetTheWholeFile) {
  const PackageDigests found = digests(lock_text({{"of-ui", ""}}));
  EXPECT_TRUE(found[0]);
  EXPECT_FALSE(found[1]);
  EXPECT_FALSE(found[2]);
  EXPECT_FALSE(found[3]);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(render(warnings_), HasSubstr("package-lock.json: warning[VC0207]: all of it counts "
                                           "for 3 packages, \"docs\" is the first"));
}

TEST_F(PackageLocksTest, APackageTheLockfileDoesNotKnowGetsTheWholeFile) {
  workspace_.packages[0].directory = "elsewhere/api";
  const PackageDigests found = digests(lock_text({}));
  EXPECT_FALSE(found[0]);
  EXPECT_TRUE(found[2]);
}

TEST_F(PackageLocksTest, WhyAFileIsNotTakenApartIsSaidOnce) {
  EXPECT_EQ(digests(R"({"lockfileVersion": 1})"), PackageDigests(4));
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(render(warnings_), HasSubstr("lockfileVersion is not 2 or 3"));
  EXPECT_EQ(digests(R"({"lockfileVersion": 1})"), PackageDigests(4));
  EXPECT_TRUE(warnings_.empty());
  EXPECT_EQ(digests(R"({"lockfileVersion": 0})"), PackageDigests(4));
  EXPECT_EQ(warnings_.size(), 1U);
}

// The cache answers: nobody could find these digests in this file.
TEST_F(PackageLocksTest, AnUnchangedFileIsNotReadAgain) {
  const std::string text = lock_text({});
  const PackageDigests before = digests(text);
  fs::remove(workspace_.root / workspace_.lockfile);
  EXPECT_EQ(package_locks(workspace_, sha256(text), warnings_), before);
}

TEST_F(PackageLocksTest, TheCacheIsOfThesePackagesAndThisFile) {
  const std::string text = lock_text({});
  const PackageDigests before = digests(text);
  workspace_.packages[0].dependencies = {2};
  EXPECT_EQ(affected(before, digests(text)), "api ");
  workspace_.packages[0].dependencies.clear();
  EXPECT_EQ(affected(before, digests(text)), "");
  workspace_.packages[0].requirements = {{"of-api", "^3.0.0"}};
  fs::remove(workspace_.root / workspace_.lockfile);
  EXPECT_TRUE(package_locks(workspace_, sha256(text), warnings_).empty())
      << "what the manifest wants is another question";
}

TEST_F(PackageLocksTest, ADamagedCacheIsNone) {
  const std::string text = lock_text({});
  const PackageDigests before = digests(text);
  const fs::path file = workspace_.root / ".velocity" / kLockCacheName;
  const std::string good = read_file(file).value();
  std::string swapped = good;
  swapped[good.find('\n') + 70] ^= 1;
  for (const std::string& bad :
       {std::string(), good.substr(0, good.size() - 1), swapped, "velocity lockfile 0\n" + good}) {
    ASSERT_TRUE(write_file_atomically(file, bad));
    EXPECT_EQ(digests(text), before);
    EXPECT_EQ(read_file(file).value(), good) << "made anew";
  }
}

TEST_F(PackageLocksTest, AFileThatIsBeingWrittenCountsWhole) {
  EXPECT_TRUE(write_file_atomically(workspace_.root / workspace_.lockfile, lock_text({})));
  EXPECT_TRUE(package_locks(workspace_, sha256("what was hashed"), warnings_).empty());
  EXPECT_FALSE(fs::exists(workspace_.root / ".velocity" / kLockCacheName));
}

TEST_F(PackageLocksTest, OfOnePackageEverythingCounts) {
  workspace_.packages.resize(1);
  EXPECT_TRUE(digests(lock_text({})).empty());
}

}  // namespace
}  // namespace vc::agent
