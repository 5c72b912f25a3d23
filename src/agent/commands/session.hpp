// Session: a workspace as `run` and `plan` need it: loaded, its graph built, every key computed,
// and the result of every task looked up.
#pragma once

#include "agent/commands/agent_options.hpp"
#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"
#include "agent/exit_code.hpp"
#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace vc::agent {

// `plan` changes nothing; `run` first puts in order what an interrupted one left behind.
enum class Purpose { look, run };

class Session {
 public:
  // Everything wrong has been told on context.err. `context` and `progress` must outlive the
  // session.
  static std::expected<std::unique_ptr<Session>, ExitCode> load(const SelectionArguments& arguments,
                                                                Purpose purpose,
                                                                CommandContext& context,
                                                                Progress& progress);

  LookupResult look_up(std::stop_token stop);

  // "remote cache: http://..., read-write, scope default", or why there is none.
  std::string describe_remote(const LookupResult& lookups) const;

  RunContext& run_context() { return *run_; }

  // Why `--remote=required` is not met; "" when it is, or was not asked for.
  std::string broken_requirement() const;

  // Best effort: a lost index costs the next run some hashing.
  void save_index();

 private:
  Session(const SelectionArguments& arguments, CommandContext& context, Progress& progress);

  // Each says what is wrong and returns false then.
  bool load_workspace();
  bool build_graph();
  bool compute_keys(Purpose purpose);
  bool prepare_caches();
  // Always false, for the callers above.
  bool show(const Diagnostics& diagnostics);
  void suggest_command();
  // A turbo.json may ask for the loose one.
  EnvMode env_mode() const;

  SelectionArguments arguments_;
  CommandContext& context_;
  Progress& progress_;
  AgentOptions agent_options_;
  Config config_;
  Workspace workspace_;
  TaskGraph graph_;
  fs::path state_directory_;
  std::unique_ptr<FileIndex> index_;
  std::map<std::string, std::vector<std::string>> pass_through_;
  FingerprintResult fingerprints_;
  TaskScopes scopes_;
  std::optional<RemoteCache> remote_;
  std::optional<LocalTiers> tiers_;
  std::unique_ptr<RunContext> run_;  // Never null once loaded.
};

}  // namespace vc::agent
