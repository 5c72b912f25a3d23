// WorkspaceBuilder: a Config and a Workspace for tests, without files.
#pragma once

#include "agent/config.hpp"
#include "agent/workspace.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

class WorkspaceBuilder {
 public:
  // `pipeline` is what stands below "pipeline:", indented by two.
  explicit WorkspaceBuilder(std::string_view pipeline) {
    auto parsed =
        parse_config("version: 1\npipeline:\n" + std::string(pipeline), "/w/velocity.yml", {});
    EXPECT_TRUE(parsed) << (parsed ? "" : render(parsed.error()));
    config = parsed.value_or(Config());
    workspace.root = config.root;
  }

  // In packages/<name>; `uses` are packages added before.
  WorkspaceBuilder& package(const std::string& name, std::initializer_list<std::string_view> uses,
                            std::map<std::string, std::string> scripts = {}) {
    Package added{.id = static_cast<PackageId>(workspace.packages.size()),
                  .name = name,
                  .directory = "packages/" + name,
                  .manifest = "packages/" + name + "/package.json",
                  .scripts = std::move(scripts)};
    for (const std::string_view used : uses) {
      added.dependencies.push_back(workspace.find(used)->id);
    }
    workspace.packages.push_back(std::move(added));
    return *this;
  }

  // The last package's own velocity.yml.
  WorkspaceBuilder& own_config(std::string_view text) {
    Package& package = workspace.packages.back();
    const auto parsed = parse_package_config(text, package.directory + "/velocity.yml");
    EXPECT_TRUE(parsed) << (parsed ? "" : render(parsed.error()));
    package.overrides = parsed.value_or(PackageConfig()).pipeline;
    return *this;
  }

  Config config;
  Workspace workspace;
};

}  // namespace vc::agent
