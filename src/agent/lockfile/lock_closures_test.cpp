#include "agent/lockfile/lock_closures.hpp"

#include "agent/lockfile/strong_components.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(StrongComponentsTest, EachComesAfterWhatItLeadsTo) {
  // 0 -> 1 <-> 2 -> 3, 4 alone, 5 -> 5.
  auto components = strong_components({{1}, {2}, {1, 3}, {}, {}, {5}});
  for (auto& component : components) {
    std::ranges::sort(component);
  }
  EXPECT_THAT(components, ElementsAre(ElementsAre(3), ElementsAre(1, 2), ElementsAre(0),
                                      ElementsAre(4), ElementsAre(5)));
  EXPECT_TRUE(strong_components({}).empty());
}

TEST(StrongComponentsTest, ALongPathNeedsNoStack) {
  Adjacency path(200'000);
  for (std::uint32_t i = 0; i + 1 < path.size(); ++i) {
    path[i] = {i + 1};
  }
  EXPECT_THAT(strong_components(path), SizeIs(path.size()));
  path.back() = {0};
  EXPECT_THAT(strong_components(path), SizeIs(1));
}

// Two packages, a and b; what they use is added by each test.
class LockClosuresTest : public ::testing::Test {
 protected:
  LockClosuresTest() {
    for (const char* name : {"a", "b"}) {
      const LockId id = graph_.add({});
      graph_.importers.emplace(name, id);
      workspace_.packages.push_back({.id = id,
                                     .name = name,
                                     .directory = name,
                                     .manifest = std::string(name) + "/package.json"});
    }
  }

  void use(LockId user, LockId used) { graph_.nodes[user].dependencies.push_back(used); }

  Digest digest(PackageId package) {
    return closure_digests(graph_, workspace_).at(package).value();
  }

  LockGraph graph_;
  Workspace workspace_;
};

TEST_F(LockClosuresTest, WhoGetsWhichVersionCounts) {
  const LockId first = graph_.add("first 1.0.0");
  const LockId second = graph_.add("second 1.0.0");
  const LockId older = graph_.add("shared 1.0.0");
  const LockId newer = graph_.add("shared 2.0.0");
  use(0, first);
  use(0, second);
  use(first, older);
  use(second, newer);
  const Digest before = digest(0);
  std::swap(graph_.nodes[first].dependencies, graph_.nodes[second].dependencies);
  EXPECT_NE(digest(0), before);
}

TEST_F(LockClosuresTest, OrderAndRepetitionDoNot) {
  const LockId first = graph_.add("first 1.0.0");
  const LockId second = graph_.add("second 1.0.0");
  use(0, first);
  use(0, second);
  const Digest before = digest(0);
  graph_.nodes[0].dependencies = {second, first, second};
  EXPECT_EQ(digest(0), before);
}

TEST_F(LockClosuresTest, CirclesCountWithAllTheyReach) {
  const LockId first = graph_.add("first 1.0.0");
  const LockId second = graph_.add("second 1.0.0");
  const LockId behind = graph_.add("behind 1.0.0");
  use(0, first);
  use(1, second);
  use(first, second);
  use(second, first);
  use(second, behind);
  const Digest a = digest(0);
  const Digest b = digest(1);
  EXPECT_NE(a, b);
  graph_.nodes[behind].identity = "behind 1.1.0";
  EXPECT_NE(digest(0), a);
  EXPECT_NE(digest(1), b);
  graph_.nodes[behind].identity = "behind 1.0.0";
  graph_.nodes[first].identity = "first 1.1.0";
  EXPECT_NE(digest(0), a);
  EXPECT_NE(digest(1), b);
}

TEST_F(LockClosuresTest, PackagesInACircleShareWhatTheyUse) {
  workspace_.packages[0].dependencies = {1};
  workspace_.packages[1].dependencies = {0};
  const LockId used = graph_.add("used 1.0.0");
  use(1, used);
  const Digest a = digest(0);
  const Digest b = digest(1);
  graph_.nodes[used].identity = "used 1.1.0";
  EXPECT_NE(digest(0), a);
  EXPECT_NE(digest(1), b);
}

TEST_F(LockClosuresTest, WhatIsUnresolvedIsSoForAllWhoReachIt) {
  workspace_.packages[0].dependencies = {1};
  const LockId used = graph_.add("used 1.0.0");
  use(1, used);
  graph_.nodes[used].unresolved = true;
  EXPECT_THAT(closure_digests(graph_, workspace_), ElementsAre(std::nullopt, std::nullopt));
  workspace_.packages[0].dependencies.clear();
  EXPECT_TRUE(closure_digests(graph_, workspace_)[0]);
  graph_.importers.emplace("", used);
  EXPECT_FALSE(closure_digests(graph_, workspace_)[0]) << "the root's is everyone's";
}

}  // namespace
}  // namespace vc::agent
