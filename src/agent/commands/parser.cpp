#include "agent/commands/parser.hpp"

#include "agent/commands/parser/explain_commands.hpp"
#include "agent/commands/parser/run_alternatives.hpp"
#include "agent/commands/parser/unexpected_words.hpp"
#include "agent/commands/parser/upkeep_commands.hpp"
#include "agent/executor.hpp"
#include "agent/exit_code.hpp"
#include "agent/usable_cpus.hpp"
#include "agent/verify/verified_sample.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace vc::agent {

namespace {

constexpr const char* kAbout =
    "Runs the tasks of a monorepo and takes from a cache what has been built before.";
constexpr const char* kFooter = R"(
`velocity-cli TASK` is short for `velocity-cli run TASK`.

Exit codes: 0 all went well; 1 a task failed; 2 the command line or a configuration file is wrong;
3 the cache could not do what --remote=required asks for, or --verify found a difference; 128+N after
signal N.

Examples:
  velocity-cli init                 write a velocity.yml for this repository
  velocity-cli run build            build everything, or take it from the cache
  velocity-cli build test -p web    two tasks of one package and what they need
)";
constexpr const char* kRunFooter = R"(
Examples:
  velocity-cli run build
  velocity-cli run build test -p web -p api --continue
  velocity-cli run test --filter='...@acme/ui'    a package and all that use it
  velocity-cli run test --affected                what this branch has changed
  velocity-cli run test --shard=2/4               the second of four machines
  velocity-cli run test -p web -- --grep login    arguments for the named task's command
  velocity-cli run build --cache=local:rw,remote:r
  velocity-cli run build --output-logs=errors-only --concurrency=50%
  velocity-cli run build --profile=trace.json     open it in https://ui.perfetto.dev
  velocity-cli run build --verify=25%             is what is cached what the tasks make?
)";
constexpr const char* kWatchFooter = R"(
Ctrl-C ends it, with 130.

Examples:
  velocity-cli watch build
  velocity-cli watch test -p web --output-logs=new-only
  velocity-cli watch dev            servers are started again when their own inputs change
)";
constexpr const char* kPlanFooter = R"(
Examples:
  velocity-cli plan build
  velocity-cli plan build --exit-code && echo "nothing to do"
  velocity-cli plan build --json | jq '.tasks[] | select(.state == "miss") | .task'
)";

template <class Value>
using Words = std::vector<std::pair<std::string, Value>>;

// The values of the choices of all options, until parsing is over.
struct Raw {
  std::string cache;
  std::string concurrency;
  std::optional<std::string> affected;
  std::string shard;
  bool force = false;
  bool no_cache = false;
  std::string keep_going = "never";
  bool verify_outputs = false;
  bool json = false;
  bool exit_code = false;
  bool trace = false;
  std::optional<std::string> verify;
};

const Words<RemoteUse>& remote_words() {
  static const Words<RemoteUse> kWords{{"optional", RemoteUse::optional},
                                       {"required", RemoteUse::required},
                                       {"off", RemoteUse::off}};
  return kWords;
}

const Words<EnvMode>& env_words() {
  static const Words<EnvMode> kWords{{"strict", EnvMode::strict}, {"loose", EnvMode::loose}};
  return kWords;
}

const Words<RestoreScope>& restore_words() {
  static const Words<RestoreScope> kWords{{"needed", RestoreScope::needed},
                                          {"all", RestoreScope::all}};
  return kWords;
}

const Words<OutputLogs>& log_words() {
  static const Words<OutputLogs> kWords{{"full", OutputLogs::full},
                                        {"hash-only", OutputLogs::hash_only},
                                        {"new-only", OutputLogs::new_only},
                                        {"errors-only", OutputLogs::errors_only},
                                        {"none", OutputLogs::none}};
  return kWords;
}

// CLI11 says twice what may be chosen, "all|needed:{all,needed}", and shows what a flag means when
// it stands alone, "--verify{}", which ours say in their text.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return without_braces(Formatter::make_option_name(option, is_positional));
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    return without_braces(Formatter::make_option_opts(option));
  }

  // CLI11 and the footers both begin with an empty line.
  std::string make_footer(const CLI::App* app) const override {
    return app->get_footer().substr(std::min<std::size_t>(1, app->get_footer().size()));
  }

 private:
  static std::string without_braces(std::string text) {
    for (auto open = text.find('{'); open != std::string::npos; open = text.find('{')) {
      const std::size_t close = std::min(text.find('}', open), text.size() - 1);
      const std::size_t begin = open > 0 && text[open - 1] == ':' ? open - 1 : open;
      text.erase(begin, close + 1 - begin);
    }
    return text;
  }
};

// The whole definition of the command line, over values that it fills.
class Definition {
 public:
  Definition() {
    app_.formatter(std::make_shared<HelpFormatter>());  // Of all commands.
    app_.footer(kFooter);
    app_.require_subcommand(1);
    add_run();
    add_watch();
    add_plan();
    explain_.add_to(app_, [this](CLI::App& command, SelectionArguments& selection) {
      add_selection(command, selection);
    });
    upkeep_.add_to(app_);
  }

  CLI::App& app() { return app_; }

  Result<Arguments> arguments(std::vector<std::string> pass_through) {
    if (run_->parsed()) {
      if (!run_arguments_.selection.tasks.empty() && run_arguments_.last_failed) {
        return fail(Errc::invalid, "--last-failed chooses the tasks: name none");
      }
      VC_CHECK(finish(run_arguments_, std::move(pass_through)));
      run_arguments_.tracing = raw_.trace ? Tracing::on : Tracing::off;
      VC_TRY(run_arguments_.verify_percent, verify_percent());
      VC_TRY(auto instead, alternatives_.instead_of(run_arguments_));
      return instead ? *std::move(instead) : Arguments(run_arguments_);
    }
    if (watch_->parsed()) {
      VC_CHECK(finish(watch_arguments_.run, std::move(pass_through)));
      return watch_arguments_;
    }
    if (plan_->parsed()) {
      if (raw_.verify) {
        return fail(Errc::invalid,
                    "plan runs nothing, so it verifies nothing: --verify is for run");
      }
      VC_CHECK(finish(plan_arguments_.selection, std::move(pass_through)));
      plan_arguments_.exit_code =
          raw_.exit_code ? PlanExitCode::by_result : PlanExitCode::always_ok;
      return plan_arguments_;
    }
    VC_TRY(auto explain, explain_.arguments([&](SelectionArguments& selection) {
      return finish(selection, std::exchange(pass_through, {}));
    }));
    if (explain) {
      return *std::move(explain);
    }
    if (!pass_through.empty()) {
      return fail(Errc::invalid,
                  "arguments after -- are for tasks: only run, watch, plan and why take them");
    }
    return upkeep_.arguments();
  }

 private:
  OutputFormat format() const { return raw_.json ? OutputFormat::json : OutputFormat::text; }

  template <class Value>
  static CLI::Option* add_choice(CLI::App& command, const std::string& flag, Value& value,
                                 const Words<Value>& words, const std::string& doc) {
    std::vector<std::string> names;
    for (const auto& [name, unused] : words) {
      names.push_back(name);
    }
    return command
        .add_option_function<std::string>(
            flag,
            [&value, &words](const std::string& word) {
              value = std::ranges::find(words, word, &std::pair<std::string, Value>::first)->second;
            },
            doc)
        ->check(CLI::IsMember(names))
        ->type_name(fmt::format("{}", fmt::join(names, "|")));
  }

  void add_selection(CLI::App& command, SelectionArguments& selection) {
    // Not required here: who knows the workspace says which there are.
    command.add_option("tasks", selection.tasks, "Tasks: build, or web#build for one package")
        ->type_name("");
    command
        .add_option("-p,--package", selection.packages,
                    "Only this package (name or folder) and what it needs; repeatable")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command
        .add_option("-F,--filter", selection.filters,
                    "Packages by name, folder or changes: web..., ./apps/*, [main], !docs; "
                    "repeatable")
        ->type_name("FILTER")
        ->allow_extra_args(false);
    command.add_flag("--affected{}", raw_.affected,
                     "Only packages changed since the default branch, and their dependents");
    command
        .add_option(
            "--shard", raw_.shard,
            "One machine's part of the tasks: 2/4 is the second of four; they share no task")
        ->type_name("N/M");
    command
        .add_option("--shard-timings", selection.shard_timings,
                    "What an earlier `run --json` or `plan --json` printed, to balance shards by; "
                    "repeatable, the same on every machine")
        ->type_name("FILE")
        ->allow_extra_args(false);
    command.add_flag("--force", raw_.force, "Use no cached result; results are still stored");
    command.add_flag("--no-cache", raw_.no_cache, "Store nothing");
    command
        .add_option(
            "--cache", raw_.cache,
            "Access to each cache, r, w or rw; one that is not named is off; by default both rw")
        ->type_name("local:rw,remote:rw");
    add_choice(command, "--remote", selection.remote_use, remote_words(),
               "Whether the run may go on without the remote cache; by default optional");
    add_choice(command, "--env", selection.env_mode, env_words(),
               "strict, the default: tasks see only declared variables; loose: all");
    command.add_flag("--verify-outputs", raw_.verify_outputs,
                     "Hash outputs that are in place instead of trusting their times");
    command.add_flag("--json", raw_.json,
                     "A machine's summary on standard output, everything else on standard error");
  }

  void add_execution(CLI::App& command, RunArguments& arguments) {
    command
        .add_option("--concurrency", raw_.concurrency,
                    "Tasks at once; by default one per usable processor, at least 2")
        ->type_name("N|N%");
    command.add_flag(
        "--continue{dependencies-successful}", raw_.keep_going,
        "After a failure, run everything that does not depend on it; --continue=always "
        "runs that too, --continue=never (the default) starts nothing new");
    add_choice(command, "--output-logs", arguments.logs, log_words(),
               "Which logs of tasks to print; by default full");
  }

  void add_run() {
    run_ = app_.add_subcommand("run", "Run tasks, or take their results from a cache");
    run_->footer(kRunFooter);
    add_selection(*run_, run_arguments_.selection);
    add_execution(*run_, run_arguments_);
    run_->add_option("--profile", run_arguments_.profile,
                     "Write where the time went: a trace for chrome://tracing or Perfetto")
        ->type_name("FILE");
    add_choice(
        *run_, "--restore", run_arguments_.selection.restore, restore_words(),
        "needed, the default: put in place only what was asked for or a task that executes needs");
    run_->add_flag("--summarize", run_arguments_.summarize,
                   "Keep a file about the run below .velocity/runs");
    run_->add_flag("--last-failed", run_arguments_.last_failed,
                   "Only what failed in the last run here, and what it needs");
    alternatives_.add_to(*run_);
    run_->add_flag(
        "--trace", raw_.trace,
        "Report files that tasks read or write and do not declare; uses no cached result");
    run_->add_flag("--verify{}", raw_.verify,
                   "Run a sample of what is cached again and compare: 10% of it, --verify=N% or "
                   "--verify=all; a difference is exit code 3");
  }

  // Of the flags that leave no hit to verify, none says so by itself.
  Result<std::optional<unsigned>> verify_percent() const {
    if (!raw_.verify) {
      return std::nullopt;
    }
    if (raw_.force || raw_.trace) {
      return fail(Errc::invalid,
                  fmt::format("{} uses no cached result, so there is none to --verify",
                              raw_.force ? "--force" : "--trace"));
    }
    VC_TRY(const unsigned percent, parse_verify_percent(*raw_.verify));
    return percent;
  }

  void add_watch() {
    watch_ = app_.add_subcommand("watch", "Run tasks, and again whenever their inputs change");
    watch_->footer(kWatchFooter);
    add_selection(*watch_, watch_arguments_.run.selection);
    add_execution(*watch_, watch_arguments_.run);
  }

  void add_plan() {
    plan_ = app_.add_subcommand("plan", "Say what run would do: every task, its key, hit or miss");
    plan_->footer(kPlanFooter);
    add_selection(*plan_, plan_arguments_.selection);
    plan_->add_flag("--exit-code", raw_.exit_code,
                    "Exit with 0 only when every task is cached, else with 1");
    plan_->add_flag("--verify{}", raw_.verify)->group("");  // For the error that it is.
  }

  Result<void> finish(RunArguments& run, std::vector<std::string> pass_through) const {
    VC_CHECK(finish(run.selection, std::move(pass_through)));
    VC_TRY(run.failure_policy, parse_failure_policy(raw_.keep_going));
    if (!raw_.concurrency.empty()) {
      VC_TRY(run.concurrency, parse_concurrency(raw_.concurrency, usable_cpus()));
    }
    return {};
  }

  Result<void> finish(SelectionArguments& selection, std::vector<std::string> pass_through) const {
    selection.pass_through = std::move(pass_through);
    selection.affected = raw_.affected;
    if (!raw_.shard.empty()) {
      VC_TRY(selection.shard, parse_shard(raw_.shard));
    } else if (!selection.shard_timings.empty()) {
      return fail(Errc::invalid, "--shard-timings is for --shard 2/4");
    }
    if (!raw_.cache.empty()) {
      auto parsed = parse_cache_access(raw_.cache, selection);
      if (!parsed) {
        return std::unexpected(std::move(parsed).error().within("--cache"));
      }
    }
    const auto without_write = [](TierAccess access) {
      return can_read(access) ? TierAccess::read : TierAccess::none;
    };
    if (raw_.no_cache) {
      selection.local = without_write(selection.local);
      selection.remote = without_write(selection.remote);
    }
    if (selection.remote_use == RemoteUse::off) {
      selection.remote = TierAccess::none;
    }
    selection.reuse = raw_.force || raw_.trace ? Reuse::forbidden : Reuse::allowed;
    selection.verification = raw_.verify_outputs ? Verification::content : Verification::stamps;
    selection.format = format();
    return {};
  }

  CLI::App app_{kAbout, "velocity-cli"};
  CLI::App* run_ = nullptr;
  CLI::App* watch_ = nullptr;
  CLI::App* plan_ = nullptr;
  Raw raw_;
  RunAlternatives alternatives_;
  ExplainCommands explain_;
  UpkeepCommands upkeep_;
  RunArguments run_arguments_;
  WatchArguments watch_arguments_;
  PlanArguments plan_arguments_;
};

ParsedCommandLine usage_error(std::string_view what, std::string_view command) {
  return {.message = fmt::format("error: {}\nhelp: see velocity-cli {}--help\n", what,
                                 command.empty() ? "" : std::string(command) + " "),
          .exit_code = to_int(ExitCode::usage)};
}

// Our own type names list what may be chosen: "strict|loose".
std::vector<std::string> choices_of(std::string_view type) {
  std::vector<std::string> choices;
  while (type.contains('|') && !type.starts_with("N|")) {
    const std::size_t bar = type.find('|');
    choices.emplace_back(type.substr(0, bar));
    type.remove_prefix(bar + 1);
    if (!type.contains('|')) {
      choices.emplace_back(type);
    }
  }
  return choices;
}

bool is_command(const std::string& word) {
  const auto commands = describe_commands();
  return std::ranges::find(commands, word, &CommandDescription::name) != commands.end();
}

}  // namespace

ParsedCommandLine parse_command_line(std::span<const std::string> words) {
  const auto separator = std::ranges::find(words, "--");
  std::vector<std::string> ours(words.begin(), separator);
  std::vector<std::string> pass_through;
  if (separator != words.end()) {
    pass_through.assign(separator + 1, words.end());
  }
  std::string bare_word;
  if (!ours.empty() && (ours.front() == "--version" || ours.front() == "-V")) {
    ours.front() = "version";
  } else if (!ours.empty() && ours.front() == "help") {
    ours.front() = "--help";
  } else if (!ours.empty() && !ours.front().starts_with('-') && !is_command(ours.front())) {
    bare_word = ours.front();
    ours.insert(ours.begin(), "run");
  }
  const std::string command = ours.empty() || ours.front().starts_with('-') ? "" : ours.front();

  Definition definition;
  try {
    std::vector<std::string> reversed(ours.rbegin(), ours.rend());  // As CLI11 wants them.
    definition.app().parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    const auto parsed = definition.app().get_subcommands();
    return {.message = parsed.empty() ? definition.app().help()
                                      : parsed.front()->help(definition.app().get_name())};
  } catch (const CLI::ParseError& error) {
    if (ours.empty()) {
      return {.message = definition.app().help(), .exit_code = to_int(ExitCode::usage)};
    }
    const auto unknown = definition.app().remaining(true);
    return unknown.empty() ? usage_error(error.what(), command)
                           : ParsedCommandLine{.message = unexpected_words(unknown, command),
                                               .exit_code = to_int(ExitCode::usage)};
  }
  auto arguments = definition.arguments(std::move(pass_through));
  if (!arguments) {
    return usage_error(arguments.error().message, command);
  }
  if (auto* run = std::get_if<RunArguments>(&*arguments)) {
    run->selection.bare_word = bare_word;
  }
  return {.arguments = *std::move(arguments)};
}

std::vector<CommandDescription> describe_commands() {
  Definition definition;
  std::vector<CommandDescription> out;
  for (const CLI::App* command : definition.app().get_subcommands(nullptr)) {
    CommandDescription description{.name = command->get_name(), .doc = command->get_description()};
    for (const CLI::Option* option : command->get_options()) {
      if (option->get_lnames().empty() || option->get_group().empty()) {
        continue;  // A positional argument, or nothing to be offered.
      }
      FlagDescription flag{.name = "--" + option->get_lnames().front(),
                           .doc = option->get_description(),
                           .takes_value = option->get_items_expected_max() > 0};
      if (flag.takes_value) {
        flag.choices = choices_of(option->get_type_name());
      }
      description.flags.push_back(std::move(flag));
    }
    out.push_back(std::move(description));
  }
  return out;
}

}  // namespace vc::agent
