#include "agent/config/execution_keys.hpp"

#include "agent/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::expected<Config, Diagnostics> parse_task(std::string_view lines) {
  return parse_config("version: 1\npipeline:\n  build:\n    command: make\n" + std::string(lines),
                      "/w/velocity.yml", Environment());
}

ExecutionRules rules_of(std::string_view lines) {
  const auto config = parse_task(lines);
  EXPECT_TRUE(config) << render(config.error());
  return config ? config->pipeline.at("build").rules : ExecutionRules();
}

// "line:column message (help)" of each error.
std::string errors_of(std::string_view lines) {
  const auto config = parse_task(lines);
  std::string out;
  for (const Diagnostic& error : config ? Diagnostics() : config.error()) {
    out += std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + " " +
           error.message + (error.help.empty() ? "" : " (" + error.help + ")") + "\n";
  }
  return out;
}

TEST(ExecutionKeys, HaveDefaultsThatChangeNothing) {
  const ExecutionRules rules = rules_of("");
  EXPECT_EQ(rules.retries, 0U);
  EXPECT_EQ(rules.timeout.count(), 0);
  EXPECT_EQ(rules.weight, 1U);
  EXPECT_THAT(rules.mutex, IsEmpty());
}

TEST(ExecutionKeys, AreRead) {
  const ExecutionRules rules =
      rules_of("    retries: 2\n    timeout: 1h30m\n    weight: 4\n    mutex: [port, db, db]\n");
  EXPECT_EQ(rules.retries, 2U);
  EXPECT_EQ(rules.timeout, std::chrono::minutes(90));
  EXPECT_EQ(rules.weight, 4U);
  EXPECT_THAT(rules.mutex, ElementsAre("db", "port"));
  EXPECT_THAT(rules_of("    mutex: database\n").mutex, ElementsAre("database"));
  EXPECT_THAT(rules_of("    mutex: []\n").mutex, IsEmpty());
}

TEST(ExecutionKeys, NumbersHaveLimits) {
  EXPECT_EQ(rules_of("    retries: 0\n").retries, 0U);
  EXPECT_EQ(rules_of("    retries: 10\n").retries, 10U);
  EXPECT_EQ(rules_of("    weight: 256\n").weight, 256U);
  EXPECT_EQ(errors_of("    retries: 11\n"),
            "5:14 \"retries\" must be a whole number from 0 to 10\n");
  EXPECT_EQ(errors_of("    retries: -1\n"),
            "5:14 \"retries\" must be a whole number from 0 to 10\n");
  EXPECT_EQ(errors_of("    weight: 0\n"), "5:13 \"weight\" must be a whole number from 1 to 256\n");
  EXPECT_EQ(errors_of("    weight: 257\n"),
            "5:13 \"weight\" must be a whole number from 1 to 256\n");
  EXPECT_EQ(errors_of("    weight: 99999999999999999999\n"),
            "5:13 \"weight\" must be a whole number from 1 to 256\n");
}

TEST(ExecutionKeys, NumbersAreNumbers) {
  EXPECT_EQ(errors_of("    retries: \"2\"\n"),
            "5:14 \"retries\" must be a whole number from 0 to 10 (remove the quotes)\n");
  EXPECT_EQ(errors_of("    retries: many\n    weight: 1.5\n"),
            "5:14 \"retries\" must be a whole number from 0 to 10\n"
            "6:13 \"weight\" must be a whole number from 1 to 256\n");
  EXPECT_EQ(errors_of("    weight: [2]\n"),
            "5:13 \"weight\" must be a whole number from 1 to 256\n");
  EXPECT_EQ(errors_of("    retries:\n"), "5:5 \"retries\" must be a whole number from 0 to 10\n");
}

TEST(ExecutionKeys, MisspeltOnesAreNotIgnored) {
  EXPECT_EQ(errors_of("    retires: 1\n"),
            "5:5 unknown key \"retires\" (did you mean \"retries\"?)\n");
  EXPECT_EQ(errors_of("    time_out: 5m\n"),
            "5:5 unknown key \"time_out\" (did you mean \"timeout\"?)\n");
}

TEST(ExecutionKeys, ATimeoutHasAUnit) {
  EXPECT_EQ(errors_of("    timeout: 30\n"),
            "5:14 \"timeout\" is \"30\": it has no unit (did you mean \"30s\"?)\n");
  EXPECT_EQ(errors_of("    timeout: 1h30\n"),
            "5:14 \"timeout\" is \"1h30\": it has no unit (did you mean \"1h30s\"?)\n");
  EXPECT_EQ(errors_of("    timeout: soon\n"),
            "5:14 \"timeout\" is \"soon\": it is no time (write 30s, 5m or 1h30m)\n");
  EXPECT_EQ(
      errors_of("    timeout: 0s\n"),
      "5:14 \"timeout\" is \"0s\": a task needs some time (leave the key out for no limit)\n");
  EXPECT_EQ(errors_of("    timeout: []\n"), "5:14 \"timeout\" must be a text, not a list\n");
}

TEST(ParseTimeout, TakesHoursMinutesAndSecondsInThisOrder) {
  EXPECT_EQ(*parse_timeout("1s"), std::chrono::seconds(1));
  EXPECT_EQ(*parse_timeout("5m"), std::chrono::minutes(5));
  EXPECT_EQ(*parse_timeout("1h0m5s"), std::chrono::seconds(3605));
  EXPECT_EQ(*parse_timeout("168h"), kTimeoutMax);
  for (const char* wrong : {"", "s", "-5s", "+5s", "5 s", "1.5h", "5ms", "5d", "30s5m", "5m5m",
                            "168h1s", "169h", "4294967295h", "4294967296h", "5S", "0x10s"}) {
    EXPECT_FALSE(parse_timeout(wrong).has_value()) << wrong;
  }
}

TEST(ExecutionKeys, ReadyIsATextAPatternOrAPort) {
  EXPECT_TRUE(rules_of("    persistent: true\n").persistent);
  EXPECT_EQ(rules_of("    ready_when: \"listening on\"\n").ready_when,
            (ReadyWhen{.kind = ReadyWhen::Kind::output_text, .text = "listening on"}));
  EXPECT_EQ(rules_of("    ready_when: /port [0-9]+/\n").ready_when,
            (ReadyWhen{.kind = ReadyWhen::Kind::output_pattern, .text = "port [0-9]+"}));
  EXPECT_EQ(rules_of("    ready_when: {port: 3000}\n").ready_when,
            (ReadyWhen{.kind = ReadyWhen::Kind::port, .port = 3000}));
  EXPECT_EQ(rules_of("    ready_when: //\n").ready_when->text, "//");
}

TEST(ExecutionKeys, ReadinessThatCannotBeSeenIsAnError) {
  EXPECT_EQ(errors_of("    ready_when: {prot: 1}\n"),
            "5:18 unknown key \"prot\" (did you mean \"port\"?)\n");
  EXPECT_EQ(errors_of("    ready_when: {port: 0}\n"),
            "5:24 \"port\" must be a whole number from 1 to 65535\n");
  EXPECT_EQ(errors_of("    ready_when: {port: 65536}\n"),
            "5:24 \"port\" must be a whole number from 1 to 65535\n");
  EXPECT_EQ(errors_of("    ready_when: {}\n"),
            "5:17 \"ready_when\" names no port (write {port: 3000})\n");
  EXPECT_EQ(errors_of("    ready_when: [a]\n"),
            "5:17 \"ready_when\" must be a text that the task prints, or a port (write "
            "ready_when: \"listening on\", or {port: 3000})\n");
  EXPECT_EQ(errors_of("    ready_when: \"/a{3}/\"\n"),
            "5:17 \"/a{3}/\" cannot be looked for: counts in braces are not supported (for the "
            "character itself write \\{)\n");
  EXPECT_THAT(errors_of("    ready_when: \"/(a/\"\n"), testing::HasSubstr("cannot be looked for"));
  EXPECT_THAT(errors_of("    ready_when: \"\"\n"), testing::HasSubstr("a text of one line"));
  EXPECT_THAT(errors_of("    ready_when: \"" + std::string(kReadyTextBytesMax + 1, 'x') + "\"\n"),
              testing::HasSubstr("a text of one line"));
  EXPECT_EQ(errors_of("    persistent: 1\n"), "5:17 \"persistent\" must be true or false\n");
}

TEST(ExecutionKeys, AMutexIsCalledSomething) {
  EXPECT_EQ(errors_of("    mutex: \"\"\n"),
            "5:12 \"\" is not the name of a mutex: write a word such as \"database\"\n");
  EXPECT_EQ(errors_of("    mutex: [\"a b\"]\n"),
            "5:13 \"a b\" is not the name of a mutex: write a word such as \"database\"\n");
  EXPECT_EQ(errors_of("    mutex: {a: b}\n"), "5:12 \"mutex\" must be a list, not a map\n");
  EXPECT_THAT(errors_of("    mutex: " + std::string(kMutexNameBytesMax, 'x') + "\n"), IsEmpty());
  EXPECT_THAT(errors_of("    mutex: " + std::string(kMutexNameBytesMax + 1, 'x') + "\n"),
              testing::HasSubstr("is not the name of a mutex"));
}

}  // namespace
}  // namespace vc::agent
