#include "agent/lockfile/changed_locks.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

// web uses ui; the root has a tool.
class ChangedLocksTest : public ::testing::Test {
 protected:
  ChangedLocksTest() {
    workspace_.lockfile = "package-lock.json";
    for (const std::string name : {"api", "ui", "web"}) {
      workspace_.packages.push_back({.id = static_cast<PackageId>(workspace_.packages.size()),
                                     .name = name,
                                     .directory = "packages/" + name,
                                     .manifest = "packages/" + name + "/package.json",
                                     .manifest_name = name});
    }
    workspace_.packages[2].dependencies = {1};
  }

  struct Versions {
    std::string of_api = "1.0.0";
    std::string of_ui = "1.0.0";
    std::string below_ui = "1.0.0";
    std::string tool = "1.0.0";
    std::string unused = "1.0.0";
    int format = 3;
  };

  static std::string text(const Versions& versions) {
    return fmt::format(R"({{"lockfileVersion": {}, "packages": {{
      "": {{"devDependencies": {{"tool": "*"}}}},
      "packages/api": {{"dependencies": {{"of-api": "*"}}}},
      "packages/ui": {{"dependencies": {{"of-ui": "*"}}}},
      "packages/web": {{"dependencies": {{"ui": "*"}}}},
      "node_modules/ui": {{"resolved": "packages/ui", "link": true}},
      "node_modules/tool": {{"version": "{}"}},
      "node_modules/of-api": {{"version": "{}"}},
      "node_modules/of-ui": {{"version": "{}", "dependencies": {{"below-ui": "*"}}}},
      "node_modules/below-ui": {{"version": "{}"}},
      "node_modules/unused": {{"version": "{}"}}}}}})",
                       versions.format, versions.tool, versions.of_api, versions.of_ui,
                       versions.below_ui, versions.unused);
  }

  std::string changed(const std::string& now) {
    std::string names;
    const std::vector<bool> result = changed_locks(workspace_, text({}), now);
    for (const Package& package : workspace_.packages) {
      names += result.at(package.id) ? package.name + " " : "";
    }
    return names;
  }

  Workspace workspace_;
};

TEST_F(ChangedLocksTest, ABumpIsOfThePackageThatHasIt) {
  EXPECT_EQ(changed(text({})), "");
  EXPECT_EQ(changed(text({.of_api = "2.0.0"})), "api ");
  EXPECT_EQ(changed(text({.of_ui = "2.0.0"})), "ui ");
  EXPECT_EQ(changed(text({.below_ui = "2.0.0"})), "ui ");
  EXPECT_EQ(changed(text({.unused = "2.0.0"})), "");
}

TEST_F(ChangedLocksTest, WhatTheRootHasAndWhatIsSaidOfAllIsOfEveryone) {
  EXPECT_EQ(changed(text({.tool = "2.0.0"})), "api ui web ");
  EXPECT_EQ(changed(text({.format = 2})), "api ui web ");
}

TEST_F(ChangedLocksTest, WhatCannotBeReadIsOfEveryone) {
  EXPECT_EQ(changed("{"), "api ui web ");
  EXPECT_EQ(changed(text({.format = 9})), "api ui web ");
  workspace_.lockfile = "unknown.lock";
  EXPECT_EQ(changed(text({})), "api ui web ");
}

TEST_F(ChangedLocksTest, WhatTheLockfileDoesNotTellIsChanged) {
  const std::string entry = R"("packages/api": {"dependencies": {"of-api": "*"}},)";
  std::string now = text({});
  now.erase(now.find(entry), entry.size());
  EXPECT_EQ(changed(now), "api ");
}

}  // namespace
}  // namespace vc::agent
