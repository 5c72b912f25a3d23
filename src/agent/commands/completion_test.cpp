#include "agent/commands/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace vc::agent {
namespace {

using testing::HasSubstr;

TEST(Completion, KnowsEveryCommandFlagAndChoice) {
  const auto commands = describe_commands();
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell, commands);
    for (const CommandDescription& command : commands) {
      EXPECT_THAT(script, HasSubstr(command.name)) << shell;
      for (const FlagDescription& flag : command.flags) {
        EXPECT_THAT(script, HasSubstr(flag.name.substr(2))) << shell;
      }
    }
    EXPECT_THAT(script, HasSubstr("errors-only")) << shell;
  }
}

TEST(Completion, EscapesWhatTheShellsWouldReadAsSyntax) {
  const std::vector<CommandDescription> hostile{
      {.name = "x", .doc = "it's", .flags = {{.name = "--f", .doc = "a [b]: 'c'"}}}};
  EXPECT_THAT(completion_script("zsh", hostile), HasSubstr(R"('x:it'\''s')"));
  EXPECT_THAT(completion_script("zsh", hostile), HasSubstr(R"('--f[a \[b\]\: '\''c'\'']')"));
  EXPECT_THAT(completion_script("fish", hostile), HasSubstr(R"(-d 'it'\''s')"));
}

}  // namespace
}  // namespace vc::agent
