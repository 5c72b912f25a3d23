// FingerprintBench: a small workspace on a real disk, with hand-made configuration, packages and
// graph, whose keys can be asked for.
#pragma once

#include "agent/fingerprint.hpp"
#include "agent/fingerprint/file_system_clock.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent::testing {

// Returns once the file system's clock has moved on: what was written before is not racy after it.
inline void wait_for_next_tick(const fs::path& directory) {
  const auto before = sample_file_system_clock(directory);
  ASSERT_TRUE(before);
  while (sample_file_system_clock(directory)->ns <= before->ns) {
  }
}

class FingerprintBench {
 public:
  FingerprintBench() : directory_(TempDir::create().value()) {
    config.root = fs::canonical(directory_.path());
    config.file = "velocity.yml";
    workspace.root = config.root;
    environment.set("PATH", "/usr/bin:/bin");
    environment.set("HOME", "/home/somebody");
  }

  const fs::path& root() const { return config.root; }

  void write(const std::string& path, std::string_view text) {
    fs::create_directories((root() / path).parent_path());
    // In place, as an editor that does not rename: the inode stays.
    const auto fd = open_file(root() / path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    ASSERT_TRUE(fd) << path;
    ASSERT_TRUE(write_all(fd->get(), as_bytes(text)));
  }

  void link(const std::string& path, const std::string& target) {
    fs::create_directories((root() / path).parent_path());
    fs::remove(root() / path);
    fs::create_symlink(target, root() / path);
  }

  // Packages in the order of their directories, as discovery would give them.
  PackageId add_package(const std::string& directory, const std::string& name) {
    Package package;
    package.id = static_cast<PackageId>(workspace.packages.size());
    package.name = name;
    package.directory = directory;
    package.manifest = directory.empty() ? "package.json" : directory + "/package.json";
    write(package.manifest, R"({"name":")" + name + R"("})");
    workspace.packages.push_back(package);
    return package.id;
  }

  // A definition for all packages.
  TaskDefinition& define(const std::string& name) {
    TaskDefinition& definition = config.pipeline[name];
    definition.name = name;
    definition.command = "make " + name;
    return definition;
  }

  // A node with the definition as it is now.
  TaskId add_task(PackageId package, const std::string& name,
                  std::vector<TaskId> dependencies = {}) {
    TaskNode node;
    node.package = package;
    node.name = name;
    node.label = workspace.packages[package].name + "#" + name;
    node.definition = config.pipeline[name];
    node.dependencies = std::move(dependencies);
    graph.tasks.push_back(std::move(node));
    return static_cast<TaskId>(graph.tasks.size() - 1);
  }

  static PatternList patterns(std::vector<std::string> texts) {
    PatternList list;
    list.patterns = std::move(texts);
    for (std::size_t i = 0; i < list.patterns.size(); ++i) {
      list.positions.push_back(
          {.file = "velocity.yml", .line = static_cast<int>(10 + i), .column = 9});
    }
    return list;
  }

  fs::path index_file() const { return root() / ".velocity" / "files"; }

  // As a run would: loads the index, computes, saves the index.
  std::expected<FingerprintResult, Diagnostics> run() {
    const auto index = FileIndex::load(index_file());
    auto result = compute_fingerprints(config, workspace, graph, environment, *index, options);
    statistics = index->statistics();
    EXPECT_TRUE(index->save());
    return result;
  }

  // A run that must succeed.
  FingerprintResult must_run() {
    auto result = run();
    EXPECT_TRUE(result) << (result ? "" : render(result.error()));
    return result ? *std::move(result)
                  : FingerprintResult{.tasks = {TaskFingerprint{}}, .warnings = {}};
  }

  std::string key(TaskId task = 0) { return must_run().tasks.at(task).key.hex(); }

  // The errors of a run that must fail.
  std::string errors() {
    const auto result = run();
    EXPECT_FALSE(result);
    return result ? "" : render(result.error());
  }

  std::vector<Ingredient> ingredients(TaskId task = 0) {
    std::vector<Ingredient> list;
    if (const auto result = run()) {
      for_each_ingredient(result->tasks.at(task),
                          [&](const Ingredient& ingredient) { list.push_back(ingredient); });
    } else {
      ADD_FAILURE() << render(result.error());
    }
    return list;
  }

  // Paths of the input files, relative to the package.
  std::vector<std::string> inputs(TaskId task = 0) {
    std::vector<std::string> paths;
    for (const Ingredient& ingredient : ingredients(task)) {
      if (ingredient.kind == IngredientKind::input) {
        paths.push_back(ingredient.name);
      }
    }
    return paths;
  }

  Config config;
  Workspace workspace;
  TaskGraph graph;
  Environment environment;
  FingerprintOptions options;
  FileIndexStatistics statistics;  // Of the last run.

 private:
  TempDir directory_;
};

}  // namespace vc::agent::testing
