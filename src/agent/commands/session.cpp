#include "agent/commands/session.hpp"

#include "agent/commands/chosen_packages.hpp"
#include "agent/commands/chosen_shard.hpp"
#include "agent/commands/parser.hpp"
#include "agent/commands/provenance.hpp"
#include "agent/executor.hpp"
#include "agent/usable_cpus.hpp"
#include "core/suggest.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace vc::agent {

namespace {

Colour colour_of(const CommandContext& context) {
  return context.terminal.is_terminal && !context.environment.find("NO_COLOR") ? Colour::on
                                                                               : Colour::off;
}

std::string_view access_words(bool reads, bool writes) {
  if (reads && writes) {
    return "read-write";
  }
  return reads ? "read-only" : (writes ? "write-only" : "no access");
}

std::string scopes_text(const wire::Capabilities& rights) {
  std::vector<std::string> names = rights.read_scopes;
  if (!rights.write_scope.empty() && std::ranges::find(names, rights.write_scope) == names.end()) {
    names.push_back(rights.write_scope);
  }
  std::string out = names.size() == 1 ? "scope " : "scopes ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    out += (i == 0 ? "" : ", ") + names[i];
  }
  return out;
}

// Whether one of `tasks`, "build" or "web#build", has the name; of none, all have.
bool is_named(std::string_view name, const std::vector<std::string>& tasks) {
  return tasks.empty() || std::ranges::any_of(tasks, [&](std::string_view task) {
           return task.substr(task.rfind('#') + 1) == name;
         });
}

// What followed `--` belongs to the tasks that were named, not to those they need or run beside.
std::map<std::string, std::vector<std::string>> pass_through_by_label(
    const TaskGraph& graph, const std::vector<std::string>& tasks,
    const std::vector<std::string>& arguments) {
  std::map<std::string, std::vector<std::string>> out;
  for (const TaskNode& node : graph.tasks) {
    if (!arguments.empty() && node.requested && is_named(node.name, tasks)) {
      out[node.label] = arguments;
    }
  }
  return out;
}

}  // namespace

Session::Session(const SelectionArguments& arguments, CommandContext& context, Progress& progress)
    : arguments_(arguments), context_(context), progress_(progress) {}

std::expected<std::unique_ptr<Session>, ExitCode> Session::load(const SelectionArguments& arguments,
                                                                Purpose purpose,
                                                                CommandContext& context,
                                                                Progress& progress) {
  std::unique_ptr<Session> session(new Session(arguments, context, progress));
  if (!session->load_workspace() || !session->compute_keys(purpose) || !session->prepare_caches()) {
    return std::unexpected(ExitCode::usage);
  }
  return session;
}

bool Session::load_workspace() {
  auto options = read_agent_options(context_.environment, context_.directory);
  if (!options) {
    context_.err << "error: " << options.error().message << '\n';
    return false;
  }
  agent_options_ = *std::move(options);
  for (const std::string& warning : agent_options_.warnings) {
    context_.err << "warning: " << warning << '\n';
  }
  const auto file = find_config(context_.directory);
  if (!file) {
    context_.err << fmt::format("error: no velocity.yml or turbo.json in {} or above\n",
                                context_.directory.string())
                 << "help: write one with `velocity-cli init`\n";
    suggest_command();
    return false;
  }
  std::optional<Profile::Span> span(profiled(context_.profile, "configuration"));
  auto config = load_config(*file, context_.environment);
  if (!config) {
    return show(config.error());
  }
  config_ = *std::move(config);
  show(config_.warnings);
  span.emplace(profiled(context_.profile, "packages"));
  auto workspace = discover_workspace(config_);
  if (!workspace) {
    return show(workspace.error());
  }
  workspace_ = *std::move(workspace);
  show(workspace_.warnings);
  span.emplace(profiled(context_.profile, "task graph"));
  return build_graph();
}

bool Session::build_graph() {
  auto chosen = choose_packages(arguments_, config_, workspace_, context_);
  if (!chosen) {
    return show(chosen.error());
  }
  show(chosen->warnings);
  auto graph = build_task_graph(
      config_, workspace_,
      {.tasks = arguments_.tasks, .packages = arguments_.packages, .chosen = chosen->packages});
  if (!graph) {
    show(graph.error());
    suggest_command();
    return false;
  }
  graph_ = *std::move(graph);
  if (arguments_.shard) {
    auto sharded = keep_shard(graph_, arguments_, config_, workspace_, context_.directory);
    if (!sharded) {
      return show(sharded.error());
    }
    context_.err << sharded->notice << '\n';
    graph_ = std::move(sharded->graph);
  } else if (const std::string why = nothing_to_do(*chosen, arguments_, graph_.tasks.size());
             !why.empty()) {
    progress_.notice(Severity::warning, why);
  }
  pass_through_ = pass_through_by_label(graph_, arguments_.tasks, arguments_.pass_through);
  return true;
}

// `velocity-cli rnu build` reads as two tasks; perhaps a command was meant.
void Session::suggest_command() {
  if (arguments_.bare_word.empty()) {
    return;
  }
  std::vector<std::string> names;
  for (const CommandDescription& command : describe_commands()) {
    names.push_back(command.name);
  }
  if (const auto closest = closest_word(arguments_.bare_word, names)) {
    context_.err << fmt::format("help: \"{}\" is no command either; did you mean \"{}\"?\n",
                                arguments_.bare_word, *closest);
  }
}

EnvMode Session::env_mode() const {
  return config_.loose_environment ? EnvMode::loose : arguments_.env_mode;
}

bool Session::compute_keys(Purpose purpose) {
  state_directory_ = config_.root / ".velocity";
  if (purpose == Purpose::run) {
    if (const auto finished = finish_interrupted_restores(config_.root, state_directory_);
        !finished) {
      progress_.notice(Severity::warning, "what an interrupted run left behind is still there: " +
                                              finished.error().message);
    }
  }
  {
    const Profile::Span span = profiled(context_.profile, "load index");
    index_ = FileIndex::load(state_directory_ / "index");
  }
  auto fingerprints =
      compute_fingerprints(config_, workspace_, graph_, context_.environment, *index_,
                           {.env_mode = env_mode(),
                            .pass_through_arguments = pass_through_,
                            .profile = context_.profile});
  if (!fingerprints) {
    return show(fingerprints.error());
  }
  fingerprints_ = *std::move(fingerprints);
  show(fingerprints_.warnings);
  save_index();
  return true;
}

bool Session::prepare_caches() {
  auto scopes = TaskScopes::create(workspace_, graph_);
  if (!scopes) {
    context_.err << "error: " << scopes.error().message << '\n';
    return false;
  }
  scopes_ = *std::move(scopes);
  const auto warn = [this](std::string_view text) { progress_.notice(Severity::warning, text); };
  const RemoteConfig& remote = config_.remote;
  const auto warn_of_remote = [this](std::string_view text) {
    if (arguments_.remote_use != RemoteUse::required) {  // Then it is the error that ends the run.
      progress_.notice(Severity::warning, fmt::format("{} The build goes on without it.", text));
    }
  };
  if (remote.enabled) {
    remote_.emplace(
        RemoteOptions{
            .url = remote.url,
            .token = remote.token,
            .token_name = remote.token_variable.empty() ? "remote.token" : remote.token_variable},
        context_.http, context_.pause, warn_of_remote);
  }
  tiers_.emplace(LocalTiersOptions{.directory = cache_directory_of(agent_options_, config_.root),
                                   .state_directory = state_directory_,
                                   .limits = agent_options_.cache_limits,
                                   .access = arguments_.local,
                                   .remote_url = remote.enabled ? remote.url : "",
                                   .remote_token = remote.enabled ? remote.token : ""},
                 context_.clock, warn);
  run_ = std::make_unique<RunContext>(RunContext{.config = config_,
                                                 .workspace = workspace_,
                                                 .graph = graph_,
                                                 .fingerprints = fingerprints_.tasks,
                                                 .scopes = scopes_,
                                                 .index = *index_,
                                                 .environment = context_.environment,
                                                 .state_directory = state_directory_,
                                                 .clock = context_.clock,
                                                 .progress = progress_,
                                                 .tiers = *tiers_,
                                                 .remote = remote_ ? &*remote_ : nullptr,
                                                 .profile = context_.profile});
  RunOptions& options = run_->options;
  options.local = arguments_.local;
  options.remote = remote_ ? arguments_.remote : TierAccess::none;
  options.reuse = arguments_.reuse;
  options.restore = arguments_.restore;
  options.verification = arguments_.verification;
  options.env_mode = env_mode();
  options.threads = usable_cpus();
  options.concurrency = std::max(kConcurrencyMin, options.threads);
  options.arguments = pass_through_;
  options.provenance = provenance_of(context_.environment);
  return true;
}

LookupResult Session::look_up(std::stop_token stop) {
  const Profile::Span span = profiled(context_.profile, "look up");
  return look_up_tasks(*run_, std::move(stop));
}

std::string Session::describe_remote(const LookupResult& lookups) const {
  const RemoteConfig& remote = config_.remote;
  if (!remote.missing_variable.empty()) {
    return fmt::format("remote cache: off, {} is not set", remote.missing_variable);
  }
  if (!remote.enabled) {
    return fmt::format("remote cache: none ({} names none)", config_.file);
  }
  if (!remote_ || run_->options.remote == TierAccess::none) {
    return fmt::format("remote cache: off, {} is not asked", remote.url);
  }
  if (remote_->troubles().count() > 0) {
    return fmt::format("remote cache: {}, not usable", remote.url);
  }
  if (!lookups.rights) {
    return fmt::format("remote cache: {}, not asked: nothing was needed", remote.url);
  }
  const wire::Capabilities& rights = *lookups.rights;
  const bool reads = !rights.read_scopes.empty() && can_read(run_->options.remote);
  const bool writes = !rights.write_scope.empty() && can_write(run_->options.remote);
  return fmt::format("remote cache: {}, {}, {}{}", remote.url, access_words(reads, writes),
                     scopes_text(rights),
                     lookups.asked_remote ? "" : " (as last told; nothing was needed)");
}

std::string Session::broken_requirement() const {
  if (arguments_.remote_use != RemoteUse::required) {
    return {};
  }
  if (!config_.remote.missing_variable.empty()) {
    return config_.remote.missing_variable + " is not set";
  }
  if (!remote_) {
    return config_.file + " names no remote";
  }
  const auto trouble = remote_->troubles().first();
  return trouble ? trouble->message : std::string();
}

void Session::save_index() {
  const Profile::Span span = profiled(context_.profile, "save index");
  static_cast<void>(index_->save());
}

bool Session::show(const Diagnostics& diagnostics) {
  context_.err << render(diagnostics, colour_of(context_));
  return false;
}

}  // namespace vc::agent
