// Which commands are plain starts of scripts, and how their arguments are quoted. What the managers
// themselves do with both is compared in tests/e2e/test_scripts.py.

#include "agent/scripts/script_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::optional<ScriptCall> parse(const std::vector<std::string>& argv) {
  return parse_script_call(argv);
}

TEST(ScriptCall, KnowsTheWaysToNameAScript) {
  const auto run = parse({"npm", "run", "build"});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->manager, ScriptManager::npm);
  EXPECT_EQ(run->script, "build");
  EXPECT_THAT(run->arguments, IsEmpty());
  EXPECT_EQ(parse({"npm", "run-script", "build"})->script, "build");
  EXPECT_EQ(parse({"npm", "test"})->script, "test");
  EXPECT_EQ(parse({"pnpm", "start"})->script, "start");
}

TEST(ScriptCall, NpmTakesArgumentsBehindADoubleDashOnly) {
  EXPECT_THAT(parse({"npm", "run", "x", "--", "a", "--", "-b"})->arguments,
              ElementsAre("a", "--", "-b"));
  EXPECT_FALSE(parse({"npm", "run", "x", "a"}));
  EXPECT_FALSE(parse({"npm", "run", "x", "--workspaces"}));
}

TEST(ScriptCall, PnpmHandsOnEverythingBehindTheScript) {
  EXPECT_THAT(parse({"pnpm", "run", "x", "--", "-a"})->arguments, ElementsAre("--", "-a"));
  EXPECT_FALSE(parse({"pnpm", "test", "--recursive"}));
}

TEST(ScriptCall, YarnRunsWhatIsNoCommandOfItsOwn) {
  const auto build = parse({"yarn", "build", "-a", "b"});
  ASSERT_TRUE(build);
  EXPECT_EQ(build->manager, ScriptManager::yarn);
  EXPECT_EQ(build->script, "build");
  EXPECT_FALSE(build->names_script());
  EXPECT_THAT(build->arguments, ElementsAre("-a", "b"));
  EXPECT_FALSE(parse({"yarn", "check"}));
  EXPECT_EQ(parse({"yarn", "run", "check"})->script, "check");
}

TEST(ScriptCall, YarnTakesOneDoubleDashForItself) {
  EXPECT_THAT(parse({"yarn", "run", "x", "--", "-a", "--"})->arguments, ElementsAre("-a", "--"));
  EXPECT_FALSE(parse({"yarn", "run", "x", "a", "--", "b"}));
  EXPECT_FALSE(parse({"yarn", "run", "x", "--into", "y"}));
}

TEST(ScriptCall, LeavesEverythingElseToItsManager) {
  EXPECT_FALSE(parse({"npm", "run"}));
  EXPECT_FALSE(parse({"npm", "run", "-s", "x"}));
  EXPECT_FALSE(parse({"npm", "exec", "x"}));
  EXPECT_FALSE(parse({"pnpm", "run", "/x/"}));
  EXPECT_FALSE(parse({"yarn", "workspace", "a", "run", "x"}));
  EXPECT_FALSE(parse({"yarn", "--silent", "x"}));
  EXPECT_FALSE(parse({"bun", "run", "x"}));
  EXPECT_FALSE(parse({"/bin/sh", "-c", "npm run x"}));
}

TEST(ScriptArguments, AreQuotedAsNpmDoes) {
  const auto quoted = [](const char* text) { return quoted_argument(ScriptManager::npm, text); };
  EXPECT_EQ(quoted("a=b"), "a=b");
  EXPECT_EQ(quoted(""), "''");
  EXPECT_EQ(quoted("a b"), "'a b'");
  EXPECT_EQ(quoted("it's"), R"('it'\''s')");
  EXPECT_EQ(quoted("'a'"), R"(\''a'\')");
}

TEST(ScriptArguments, AreQuotedAsPnpmDoes) {
  const auto quoted = [](const char* text) { return quoted_argument(ScriptManager::pnpm, text); };
  EXPECT_EQ(quoted("a=b"), "a\\=b");
  EXPECT_EQ(quoted("a b"), "'a b'");
  EXPECT_EQ(quoted("it's $x"), "\"it's \\$x\"");
  EXPECT_EQ(quoted("a:b"), "a\\:b");
  EXPECT_EQ(quoted("C:\\x"), "C:\\\\x");
  EXPECT_FALSE(quoted("\xc3\xa9"));
  EXPECT_FALSE(quoted("a\nb"));
}

}  // namespace
}  // namespace vc::agent
