#include "agent/prune/npm_lock.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

constexpr std::string_view kLockOfThree = R"({"name": "root", "lockfileVersion": 2, "packages": {
  "": {"workspaces": ["apps/*"], "devDependencies": {"tool": "1"}},
  "apps/docs": {"dependencies": {"marked": "1"}},
  "apps/web": {"dependencies": {"react": "18", "ui": "*"}, "devDependencies": {"jest": "1"}},
  "node_modules/docs": {"resolved": "apps/docs", "link": true},
  "node_modules/jest": {"peerDependencies": {"tool": "1", "absent": "1"}},
  "node_modules/js-tokens": {},
  "node_modules/marked": {},
  "node_modules/never": {},
  "node_modules/react": {"dependencies": {"js-tokens": "4"}, "devDependencies": {"never": "1"}},
  "node_modules/react/node_modules/js-tokens": {},
  "node_modules/tool": {"optionalDependencies": {"js-tokens": "5"}},
  "node_modules/ui": {"resolved": "ui", "link": true},
  "node_modules/web": {"resolved": "apps/web", "link": true},
  "ui": {"dependencies": {"react": "17"}},
  "ui/node_modules/react": {"dependencies": {"deep": "1"}},
  "node_modules/deep": {}
}, "dependencies": {"marked": {}}})";

std::string kept_of_npm(std::string_view lock, const std::vector<std::string>& directories) {
  const auto pruned = prune_npm_lock(lock, directories);
  if (!pruned) {
    return "error: " + pruned.error().message;
  }
  const auto document = boost::json::parse(*pruned);
  std::vector<std::string> keys;
  for (const auto& [key, entry] : document.at("packages").as_object()) {
    keys.emplace_back(key);
  }
  return fmt::format("{}", fmt::join(keys, " "));
}

TEST(PrunedNpmLockTest, KeepsWhatNodeWouldFind) {
  EXPECT_EQ(kept_of_npm(kLockOfThree, {"apps/web", "ui"}),
            " apps/web node_modules/jest node_modules/js-tokens node_modules/react "
            "node_modules/react/node_modules/js-tokens node_modules/tool node_modules/ui "
            "node_modules/web ui ui/node_modules/react node_modules/deep")
      << "the root's own, development dependencies of workspaces, nested versions";
  EXPECT_EQ(kept_of_npm(kLockOfThree, {"apps/docs"}),
            " apps/docs node_modules/docs node_modules/js-tokens node_modules/marked "
            "node_modules/tool");
}

TEST(PrunedNpmLockTest, ALinkToWhatDoesNotStayIsNotKept) {
  EXPECT_EQ(kept_of_npm(kLockOfThree, {"apps/web"}),
            " apps/web node_modules/jest node_modules/js-tokens node_modules/react "
            "node_modules/react/node_modules/js-tokens node_modules/tool node_modules/web")
      << "in the order of the file";
}

TEST(PrunedNpmLockTest, TheOldHalfOfVersionTwoGoes) {
  const auto document = boost::json::parse(prune_npm_lock(kLockOfThree, {"ui"}).value());
  EXPECT_FALSE(document.as_object().contains("dependencies"));
  EXPECT_EQ(document.at("lockfileVersion").as_int64(), 3);
}

TEST(PrunedNpmLockTest, AnythingElseIsAnErrorThatSaysSo) {
  EXPECT_EQ(kept_of_npm(kLockOfThree, {"apps/new"}), "error: the lockfile does not know apps/new");
  for (const std::string_view bad :
       {"", "[]", "{}", R"({"packages": []})", R"({"packages": {}})", R"({"packages": {"": 1)"}) {
    EXPECT_FALSE(prune_npm_lock(bad, {}).has_value()) << bad;
  }
  EXPECT_TRUE(prune_npm_lock(R"({"packages": {"": 1, "a": 2}})", {"a"}).has_value());
  EXPECT_EQ(kept_of_npm(R"({"x": 1885758236351349410.131e-304, "packages": {"": 1}})", {}),
            "error: a number in it is not a 64-bit integer");
}

}  // namespace
}  // namespace vc::agent
