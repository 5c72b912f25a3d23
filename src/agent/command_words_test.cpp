#include "agent/command_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::ElementsAre;

TEST(CommandWords, OfAPlainCommandAreSplitWithoutAShell) {
  EXPECT_THAT(command_words("npm run build"), ElementsAre("npm", "run", "build"));
  EXPECT_THAT(command_words("  tsc\t-p  ./tsconfig.json --outDir=dist "),
              ElementsAre("tsc", "-p", "./tsconfig.json", "--outDir=dist"));
}

// B26: `awk '{print $1}'` lost its `$1`.
TEST(CommandWords, WithShellSyntaxGoToTheShellUnchanged) {
  for (const std::string command :
       {"awk '{print $1}' f", "a && b", "a | b", "a > b", "echo $$", "cat *.c", "x ~", "a;b",
        "a # b", "a \"b c\"", "a\\ b", "a $(b)", "a `b`", "{ a; }", "! a", "a\nb", "a [b]"}) {
    EXPECT_THAT(command_words(command), ElementsAre("/bin/sh", "-c", command)) << command;
  }
}

TEST(CommandWords, ThatOnlyAShellUnderstandsGoToTheShell) {
  for (const std::string command :
       {"cd sub", "exit 3", "A=1 make", "export A", ". ./env", ": x", "echo -e x", ""}) {
    EXPECT_THAT(command_words(command), ElementsAre("/bin/sh", "-c", command)) << command;
  }
}

TEST(CommandWords, TakeArgumentsAsTheyWereTyped) {
  const std::vector<std::string> arguments{"--grep", "it's $HOME"};
  EXPECT_THAT(command_words("node test.js", arguments),
              ElementsAre("node", "test.js", "--grep", "it's $HOME"));
  EXPECT_THAT(command_words("node test.js | tee log", arguments),
              ElementsAre("/bin/sh", "-c", R"(node test.js | tee log '--grep' 'it'\''s $HOME')"));
}

TEST(CommandWords, GiveNpmItsSeparatorOnce) {
  const std::vector<std::string> arguments{"--watch"};
  EXPECT_THAT(command_words("npm run test", arguments),
              ElementsAre("npm", "run", "test", "--", "--watch"));
  EXPECT_THAT(command_words("npm run test -- --ci", arguments),
              ElementsAre("npm", "run", "test", "--", "--ci", "--watch"));
  EXPECT_THAT(command_words("pnpm run test", arguments),
              ElementsAre("pnpm", "run", "test", "--watch"));
  EXPECT_THAT(command_words("npm run test"), ElementsAre("npm", "run", "test"));
}

}  // namespace
}  // namespace vc::agent
