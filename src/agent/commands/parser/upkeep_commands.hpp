// UpkeepCommands: the part of the command line that neither runs tasks nor looks at runs: what
// prepares a workspace, keeps its cache, and is about the program itself.
#pragma once

#include "agent/commands/arguments.hpp"

#include <string>

namespace CLI {
class App;
}

namespace vc::agent {

class UpkeepCommands {
 public:
  // `app` keeps pointing into this.
  void add_to(CLI::App& app);

  // Of the one that was parsed.
  Result<Arguments> arguments();

 private:
  void add_trace(CLI::App& app);
  void add_prune(CLI::App& app);
  void add_others(CLI::App& app);
  Result<Arguments> gc_arguments() const;

  OutputFormat format() const { return json_ ? OutputFormat::json : OutputFormat::text; }

  CLI::App* trace_ = nullptr;
  CLI::App* init_ = nullptr;
  CLI::App* clean_ = nullptr;
  CLI::App* gc_ = nullptr;
  CLI::App* prune_ = nullptr;
  CLI::App* version_ = nullptr;
  // The values of the choices of all options, until parsing is over.
  std::string max_size_;
  std::string max_age_;
  bool docker_ = false;
  bool dry_run_ = false;
  bool fix_ = false;
  bool force_ = false;
  bool json_ = false;
  bool write_ = false;
  TraceArguments trace_arguments_;
  CompletionArguments completion_arguments_;
  PruneArguments prune_arguments_;
};

}  // namespace vc::agent
