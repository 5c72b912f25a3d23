#include "agent/commands/parser.hpp"

#include "agent/executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ParsedCommandLine parse(std::initializer_list<std::string> words) {
  return parse_command_line(std::vector<std::string>(words));
}

RunArguments run_arguments(std::initializer_list<std::string> words) {
  const ParsedCommandLine parsed = parse(words);
  EXPECT_TRUE(parsed.arguments.has_value()) << parsed.message;
  return parsed.arguments ? std::get<RunArguments>(*parsed.arguments) : RunArguments{};
}

TEST(CommandLine, OfATaskAloneIsARun) {
  const RunArguments bare = run_arguments({"build", "test"});
  EXPECT_THAT(bare.selection.tasks, ElementsAre("build", "test"));
  EXPECT_EQ(bare.selection.bare_word, "build");
  EXPECT_EQ(run_arguments({"run", "build"}).selection.bare_word, "");
}

TEST(CommandLine, HasTheDocumentedDefaults) {
  const RunArguments run = run_arguments({"run", "build"});
  EXPECT_EQ(run.selection.local, TierAccess::read_write);
  EXPECT_EQ(run.selection.remote, TierAccess::read_write);
  EXPECT_EQ(run.selection.reuse, Reuse::allowed);
  EXPECT_EQ(run.selection.remote_use, RemoteUse::optional);
  EXPECT_EQ(run.selection.env_mode, EnvMode::strict);
  EXPECT_EQ(run.selection.restore, RestoreScope::needed);
  EXPECT_EQ(run.failure_policy, FailurePolicy::stop);
  EXPECT_EQ(run.logs, OutputLogs::full);
  EXPECT_EQ(run.concurrency, 0U);
}

TEST(CommandLine, VerifiesOnlyWhereThereIsSomethingToVerify) {
  EXPECT_EQ(run_arguments({"run", "build"}).verify_percent, std::nullopt);
  EXPECT_EQ(run_arguments({"run", "build", "--verify"}).verify_percent, 10U);
  EXPECT_EQ(run_arguments({"run", "--verify=25%", "build"}).verify_percent, 25U);
  EXPECT_EQ(run_arguments({"build", "--verify=all"}).verify_percent, 100U);
  EXPECT_THAT(parse({"run", "build", "--verify=0%"}).message, HasSubstr("1% to 100%"));
  EXPECT_THAT(parse({"run", "build", "--verify", "--force"}).message,
              HasSubstr("--force uses no cached result"));
  EXPECT_THAT(parse({"run", "build", "--verify", "--trace"}).message,
              HasSubstr("--trace uses no cached result"));
  EXPECT_THAT(parse({"plan", "build", "--verify=all"}).message, HasSubstr("plan runs nothing"));
  EXPECT_EQ(parse({"plan", "build", "--verify"}).exit_code, 2);
  EXPECT_EQ(parse({"watch", "build", "--verify"}).exit_code, 2);
}

TEST(CommandLine, OfADryRunIsAPlanAndWithGraphAGraph) {
  const auto plan = [](std::initializer_list<std::string> words) {
    return std::get<PlanArguments>(parse(words).arguments.value());
  };
  EXPECT_THAT(plan({"run", "build", "--dry", "-p", "web"}).selection.tasks, ElementsAre("build"));
  EXPECT_THAT(plan({"build", "--dry", "-p", "web"}).selection.packages, ElementsAre("web"));
  EXPECT_EQ(plan({"run", "build", "--dry=text"}).selection.format, OutputFormat::text);
  EXPECT_EQ(plan({"run", "build", "--dry-run=json"}).selection.format, OutputFormat::json);
  const auto graph = [](std::initializer_list<std::string> words) {
    return std::get<GraphArguments>(parse(words).arguments.value());
  };
  EXPECT_EQ(graph({"run", "build", "--graph"}).form, GraphForm::dot);
  EXPECT_EQ(graph({"run", "build", "--graph=a/graph.html"}).file, "a/graph.html");
  EXPECT_EQ(graph({"run", "build", "--graph=graph.mmd"}).form, GraphForm::mermaid);
  EXPECT_THAT(parse({"run", "build", "--graph=graph.png"}).message, HasSubstr("graph.png"));
  EXPECT_THAT(parse({"run", "build", "--dry=yaml"}).message, HasSubstr("--dry=json"));
  EXPECT_THAT(parse({"run", "--dry"}).message, HasSubstr("names of tasks"));
  EXPECT_THAT(parse({"run", "--last-failed", "--dry"}).message, HasSubstr("--last-failed"));
  EXPECT_THAT(parse({"run", "build", "--trace", "--graph"}).message, HasSubstr("--trace"));
  EXPECT_EQ(parse({"watch", "build", "--dry"}).exit_code, 2);
}

TEST(CommandLine, TakesEveryFlagOfARun) {
  const RunArguments run = run_arguments(
      {"run", "build", "-p", "web", "--package=api", "--force", "--concurrency=3", "--continue",
       "--output-logs=errors-only", "--remote=required", "--env=loose", "--verify-outputs",
       "--json", "--restore=all", "--cache=local:r,remote:w", "--", "--grep", "-p x"});
  EXPECT_THAT(run.selection.packages, ElementsAre("web", "api"));
  EXPECT_THAT(run.selection.tasks, ElementsAre("build"));
  EXPECT_THAT(run.selection.pass_through, ElementsAre("--grep", "-p x"));
  EXPECT_EQ(run.selection.reuse, Reuse::forbidden);
  EXPECT_EQ(run.concurrency, 3U);
  EXPECT_EQ(run.failure_policy, FailurePolicy::keep_going);
  EXPECT_EQ(run.logs, OutputLogs::errors_only);
  EXPECT_EQ(run.selection.remote_use, RemoteUse::required);
  EXPECT_EQ(run.selection.env_mode, EnvMode::loose);
  EXPECT_EQ(run.selection.verification, Verification::content);
  EXPECT_EQ(run.selection.format, OutputFormat::json);
  EXPECT_EQ(run.selection.restore, RestoreScope::all);
  EXPECT_EQ(run.selection.local, TierAccess::read);
  EXPECT_EQ(run.selection.remote, TierAccess::write);
}

TEST(CommandLine, APackageFlagDoesNotSwallowTasks) {
  const RunArguments run = run_arguments({"run", "-p", "web", "build"});
  EXPECT_THAT(run.selection.packages, ElementsAre("web"));
  EXPECT_THAT(run.selection.tasks, ElementsAre("build"));
}

TEST(CommandLine, FiltersAreRepeatedAndSwallowNoTasks) {
  const RunArguments run = run_arguments(
      {"run", "-F", "web...", "build", "--filter=!docs", "--filter", "./apps/*", "--affected"});
  EXPECT_THAT(run.selection.filters, ElementsAre("web...", "!docs", "./apps/*"));
  EXPECT_THAT(run.selection.tasks, ElementsAre("build"));
  EXPECT_EQ(run.selection.affected, "");
  EXPECT_EQ(run_arguments({"run", "--affected=main", "build"}).selection.affected, "main");
  EXPECT_EQ(run_arguments({"run", "build"}).selection.affected, std::nullopt);
}

TEST(CommandLine, ContinueHasTurbosWords) {
  for (const auto& [flag, policy] : std::vector<std::pair<std::string, FailurePolicy>>{
           {"--continue", FailurePolicy::keep_going},
           {"--continue=never", FailurePolicy::stop},
           {"--continue=dependencies-successful", FailurePolicy::keep_going},
           {"--continue=always", FailurePolicy::always}}) {
    EXPECT_EQ(run_arguments({"run", flag, "build"}).failure_policy, policy) << flag;
  }
  EXPECT_EQ(parse({"run", "--continue=perhaps", "build"}).exit_code, 2);
}

TEST(CommandLine, NoCacheKeepsReading) {
  const RunArguments run = run_arguments({"build", "--no-cache"});
  EXPECT_EQ(run.selection.local, TierAccess::read);
  EXPECT_EQ(run.selection.remote, TierAccess::read);
}

TEST(CommandLine, MistakesAreUsageErrorsThatNameTheWord) {
  for (const auto& [words, named] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"run", "build", "--fast"}, "--fast"},
           {{"run", "build", "--forse"}, "did you mean --force?"},
           {{"plan", "build", "--exitcode=1"}, "did you mean --exit-code?"},
           {{"ls", "web"}, "\"web\" is not expected here"},
           {{"config", "shwo"}, "\"shwo\" is not expected here"},
           {{"run", "build", "--output-logs=some"}, "some"},
           {{"run", "build", "--cache=disk:rw"}, "disk"},
           {{"run", "build", "--cache=local"}, "local:rw"},
           {{"run", "build", "--cache=local:x"}, "\"x\""},
           {{"run", "build", "--concurrency=many"}, "many"},
           {{"run", "build", "--concurrency=0"}, "\"0\""},
           {{"completion", "csh"}, "csh"},
           {{"version", "--", "x"}, "--"}}) {
    const ParsedCommandLine parsed = parse_command_line(words);
    EXPECT_FALSE(parsed.arguments.has_value()) << named;
    EXPECT_EQ(parsed.exit_code, 2) << named;
    EXPECT_THAT(parsed.message, HasSubstr(named));
  }
}

TEST(CommandLine, HelpIsNoError) {
  EXPECT_EQ(parse({"--help"}).exit_code, 0);
  EXPECT_THAT(parse({"--help"}).message, HasSubstr("velocity-cli init"));
  EXPECT_THAT(parse({"run", "--help"}).message, HasSubstr("--output-logs"));
  EXPECT_THAT(parse({"run", "--help"}).message, Not(HasSubstr("{")));
  EXPECT_EQ(parse({}).exit_code, 2);
}

TEST(CommandLine, EveryCommandHelpsWithAnExample) {
  for (const CommandDescription& command : describe_commands()) {
    const ParsedCommandLine parsed = parse({command.name, "--help"});
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_THAT(parsed.message, HasSubstr("Example")) << command.name;
    EXPECT_THAT(parsed.message, HasSubstr("velocity-cli " + command.name));
  }
}

TEST(Concurrency, IsANumberOrAShareOfTheProcessors) {
  EXPECT_EQ(parse_concurrency("4", 8), 4U);
  EXPECT_EQ(parse_concurrency("50%", 8), 4U);
  EXPECT_EQ(parse_concurrency("1%", 8), 1U);
  EXPECT_EQ(parse_concurrency("256", 8), kConcurrencyMax);
  EXPECT_EQ(parse_concurrency("257", 8), kConcurrencyMax);
  for (const std::string_view bad : {"", "%", "-1", "4x", "50%%", "99999999999"}) {
    EXPECT_FALSE(parse_concurrency(bad, 8).has_value()) << bad;
  }
}

TEST(CommandLine, OfWhySelectsAsRunDoes) {
  const ParsedCommandLine parsed = parse({"why", "web#build", "--all", "--json", "--", "-x"});
  ASSERT_TRUE(parsed.arguments.has_value()) << parsed.message;
  const auto& why = std::get<WhyArguments>(*parsed.arguments);
  EXPECT_THAT(why.selection.tasks, ElementsAre("web#build"));
  EXPECT_THAT(why.selection.pass_through, ElementsAre("-x"));
  EXPECT_EQ(why.selection.format, OutputFormat::json);
  EXPECT_EQ(why.detail, Detail::all);
  EXPECT_THAT(parse({"why", "--help"}).message, HasSubstr("velocity-cli why web#build"));
}

TEST(CommandLine, OfGcTakesLimitsInPlaceOfTheEnvironments) {
  const auto gc = [](std::initializer_list<std::string> words) {
    return std::get<GcArguments>(parse(words).arguments.value());
  };
  EXPECT_EQ(gc({"gc"}).bytes_max, std::nullopt);
  EXPECT_EQ(gc({"gc"}).mode, GarbageMode::remove);
  const GcArguments all = gc({"gc", "--max-size=2GiB", "--max-age", "7d", "--dry-run", "--json"});
  EXPECT_EQ(all.bytes_max, 2ULL << 30);
  EXPECT_EQ(all.age_max, std::chrono::days(7));
  EXPECT_EQ(all.mode, GarbageMode::preview);
  EXPECT_EQ(all.format, OutputFormat::json);
  EXPECT_EQ(gc({"gc", "--max-size=0"}).bytes_max, 0U);
  for (const std::string& wrong : {"--max-size=big", "--max-age=-1d", "--max-size=-5"}) {
    const ParsedCommandLine parsed = parse({"gc", wrong});
    EXPECT_EQ(parsed.exit_code, 2) << wrong;
    EXPECT_THAT(parsed.message, HasSubstr(wrong.substr(0, wrong.find('=')))) << wrong;
  }
}

TEST(CommandLine, OfEveryCommandThatLooksIsUnderstood) {
  const auto graph = parse({"graph", "build", "--format", "dot", "-o", "g.dot"});
  ASSERT_TRUE(graph.arguments.has_value()) << graph.message;
  EXPECT_EQ(std::get<GraphArguments>(*graph.arguments).form, GraphForm::dot);
  EXPECT_EQ(std::get<GraphArguments>(*graph.arguments).file, "g.dot");
  EXPECT_EQ(std::get<LogsArguments>(*parse({"logs", "web#build"}).arguments).task, "web#build");
  EXPECT_EQ(std::get<StatsArguments>(*parse({"stats", "--json"}).arguments).format,
            OutputFormat::json);
  EXPECT_EQ(std::get<ListArguments>(*parse({"ls", "--json"}).arguments).format, OutputFormat::json);
  EXPECT_EQ(std::get<DoctorArguments>(*parse({"doctor"}).arguments).format, OutputFormat::text);
  EXPECT_EQ(std::get<ConfigArguments>(*parse({"config", "show", "--json"}).arguments).format,
            OutputFormat::json);
  for (const char* command : {"graph", "ls", "logs", "stats", "doctor", "config"}) {
    EXPECT_THAT(parse({command, "--help"}).message,
                HasSubstr(std::string("Usage: velocity-cli ") + command))
        << command;
    EXPECT_THAT(parse({command, "--help"}).message, HasSubstr("Example")) << command;
  }
  EXPECT_FALSE(parse({"graph", "build", "--format", "svg"}).arguments.has_value());
  EXPECT_FALSE(parse({"config"}).arguments.has_value());
}

TEST(CommandLine, OfLastFailedNamesNoTask) {
  EXPECT_TRUE(run_arguments({"run", "--last-failed", "--summarize"}).last_failed);
  EXPECT_EQ(parse({"run", "build", "--last-failed"}).exit_code, 2);
  EXPECT_TRUE(run_arguments({"run"}).selection.tasks.empty()) << "chosen at the terminal";
}

}  // namespace
}  // namespace vc::agent
