#include "agent/run/key_waves.hpp"

#include "agent/archive.hpp"
#include "agent/testing/fingerprint_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using testing::FingerprintBench;
using ::testing::IsEmpty;

// `user` counts what `lib` makes; `far` counts the key of `user`.
struct DependencyKeysTest : ::testing::Test {
  DependencyKeysTest() {
    const PackageId a = bench.add_package("packages/lib", "lib");
    const PackageId b = bench.add_package("packages/user", "user");
    bench.define("build");
    lib = bench.add_task(a, "build");
    user = bench.add_task(b, "build", {lib});
    bench.define("test");
    far = bench.add_task(b, "test", {user});
    bench.graph.tasks[lib].outputs_count = true;
    bench.graph.tasks[user].on_outputs = {lib};
    made = {entry("dist/a.js", "a"), entry("dist/b.js", "b")};
  }

  static OutputEntry entry(const std::string& path, std::string_view text) {
    return {.path = path, .size_bytes = text.size(), .digest = sha256(text)};
  }

  // The keys when lib has made `outputs`.
  std::vector<TaskFingerprint> keys(const std::vector<OutputEntry>& outputs) {
    FingerprintResult found = bench.must_run();
    KeyWaves waves(bench.workspace, bench.graph, found.tasks);
    waves.tell(lib, outputs_digest(outputs));
    return std::move(found.tasks);
  }

  FingerprintBench bench;
  TaskId lib = 0;
  TaskId user = 0;
  TaskId far = 0;
  std::vector<OutputEntry> made;
};

TEST_F(DependencyKeysTest, AKeyThatCountsOutputsIsDeferredAndSoIsWhatCountsIt) {
  FingerprintResult found = bench.must_run();
  EXPECT_FALSE(found.tasks[lib].is_deferred);
  EXPECT_TRUE(found.tasks[user].is_deferred);
  EXPECT_TRUE(found.tasks[far].is_deferred);
  EXPECT_EQ(found.tasks[user].key, Digest());

  KeyWaves waves(bench.workspace, bench.graph, found.tasks);
  EXPECT_THAT(waves.take_decided().keyed, IsEmpty());
  EXPECT_FALSE(waves.holds(user));
  waves.tell(lib, outputs_digest(made));
  EXPECT_THAT(waves.take_decided().keyed, ElementsAre(user, far));
  EXPECT_NE(found.tasks[user].key, Digest());
  EXPECT_NE(found.tasks[far].key, Digest());
  EXPECT_TRUE(waves.holds(user));
  EXPECT_TRUE(waves.holds(far));
}

TEST_F(DependencyKeysTest, EqualOutputsAreEqualKeysWhateverTheyAreMadeOf) {
  bench.write("packages/lib/src/a.c", "int a;");
  const auto before = keys(made);
  bench.write("packages/lib/src/a.c", "int a;  // A comment.");
  const auto after = keys(made);
  EXPECT_NE(after[lib].key, before[lib].key);
  EXPECT_EQ(after[user].key, before[user].key);
  EXPECT_EQ(after[far].key, before[far].key);
}

TEST_F(DependencyKeysTest, EveryChangeOfTheOutputsIsAnotherKey) {
  const Digest before = keys(made)[user].key;
  const std::vector<std::function<void(std::vector<OutputEntry>&)>> mutations{
      [](auto& entries) { entries[0].digest = sha256("other"); },
      [](auto& entries) { entries[0].executable = true; },
      [](auto& entries) { entries[0].path = "dist/a.mjs"; },
      [](auto& entries) { entries[0].size_bytes += 1; },
      [](auto& entries) { entries.pop_back(); },
      [](auto& entries) { entries.clear(); },
      [](auto& entries) { entries.push_back(entry("dist/c.js", "")); },
      [](auto& entries) { entries[1] = {.path = "dist/b.js", .kind = EntryKind::directory}; },
      [](auto& entries) {
        entries[1] = {.path = "dist/b.js", .kind = EntryKind::symlink, .target = "a.js"};
      },
  };
  std::vector<Digest> seen{before};
  for (const auto& mutate : mutations) {
    std::vector<OutputEntry> changed = made;
    mutate(changed);
    const Digest key = keys(changed)[user].key;
    EXPECT_THAT(seen, ::testing::Not(::testing::Contains(key)));
    seen.push_back(key);
  }
  EXPECT_EQ(keys(made)[user].key, before);
}

TEST_F(DependencyKeysTest, WhereTheOutputsLieCounts) {
  const Digest before = keys(made)[user].key;
  bench.workspace.packages[bench.graph.tasks[lib].package].directory = "packages/moved";
  bench.write("packages/moved/package.json", R"({"name":"lib"})");
  EXPECT_NE(keys(made)[user].key, before);
}

TEST_F(DependencyKeysTest, AnEdgeOnOutputsIsNotAnEdgeOnInputs) {
  const auto counted = [&] {
    std::vector<Ingredient> list;
    const auto fingerprints = keys(made);
    for (const Ingredient& each : fingerprints[user].dependencies) {
      if (each.name == "lib#build") {
        list.push_back(each);
      }
    }
    return list;
  };
  EXPECT_THAT(counted(),
              ElementsAre(Ingredient{.kind = IngredientKind::dependency_outputs,
                                     .name = "lib#build",
                                     .value = outputs_digest(made).hex() + " packages/lib"}));
  bench.graph.tasks[user].on_outputs.clear();
  EXPECT_EQ(counted().at(0).kind, IngredientKind::dependency);
}

TEST_F(DependencyKeysTest, WhatNobodyKnowsLeavesUsersWithoutAKey) {
  FingerprintResult found = bench.must_run();
  KeyWaves waves(bench.workspace, bench.graph, found.tasks);
  waves.tell(lib, std::nullopt);
  const KeyWaves::Decided decided = waves.take_decided();
  EXPECT_THAT(decided.keyed, IsEmpty());
  EXPECT_THAT(decided.unkeyed, ElementsAre(user, far));
  EXPECT_FALSE(waves.holds(user));
  EXPECT_TRUE(found.tasks[user].is_deferred);
  EXPECT_TRUE(waves.holds(lib));
}

TEST_F(DependencyKeysTest, AKeyNoLongerHoldsWhenItsDependencyMakesSomethingElse) {
  FingerprintResult found = bench.must_run();
  KeyWaves waves(bench.workspace, bench.graph, found.tasks);
  waves.tell(lib, outputs_digest(made));
  const Digest key = found.tasks[user].key;
  waves.tell(lib, sha256("something else"));
  EXPECT_FALSE(waves.holds(user));
  EXPECT_EQ(found.tasks[user].key, key);
  waves.tell(lib, outputs_digest(made));
  EXPECT_TRUE(waves.holds(user));
}

}  // namespace
}  // namespace vc::agent
