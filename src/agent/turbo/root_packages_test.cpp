#include "agent/turbo/root_packages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Package named_package(PackageId id, const std::string& name, std::vector<PackageId> uses) {
  return {.id = id,
          .name = name,
          .directory = name == "//" ? "" : "packages/" + name,
          .dependencies = std::move(uses),
          .manifest_name = name};
}

TEST(RootPackages, AreThoseThatItNamesAndWhatTheyUse) {
  Workspace workspace;
  workspace.packages = {named_package(0, "//", {3}), named_package(1, "app", {2}),
                        named_package(2, "config", {4}), named_package(3, "tools", {0}),
                        named_package(4, "base", {2})};
  EXPECT_THAT(packages_of_root(workspace), IsEmpty());
  workspace.root_requirements = {{.name = "config", .range = "*"}, {.name = "react", .range = "*"}};
  EXPECT_THAT(packages_of_root(workspace), ElementsAre(2, 4));
  workspace.root_requirements.push_back({.name = "tools", .range = "*"});
  EXPECT_THAT(packages_of_root(workspace), ElementsAre(2, 3, 4));
}

}  // namespace
}  // namespace vc::agent
