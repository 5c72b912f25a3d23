// ExplainCommands: the part of the command line that looks at runs and workspaces instead of
// running tasks.
#pragma once

#include "agent/commands/arguments.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace vc::agent {

class ExplainCommands {
 public:
  // Adds the flags of `run` and `plan` that select tasks.
  using AddSelection = std::function<void(CLI::App&, SelectionArguments&)>;
  // Fills in what those flags said.
  using FinishSelection = std::function<Result<void>(SelectionArguments&)>;

  // `app` keeps pointing into this.
  void add_to(CLI::App& app, const AddSelection& add_selection);

  // Of the one that was parsed; nullopt when it is none of these.
  Result<std::optional<Arguments>> arguments(const FinishSelection& finish);

 private:
  void add_why(CLI::App& app, const AddSelection& add_selection);
  void add_graph(CLI::App& app, const AddSelection& add_selection);
  void add_looks(CLI::App& app);

  OutputFormat format() const { return json_ ? OutputFormat::json : OutputFormat::text; }

  CLI::App* why_ = nullptr;
  CLI::App* graph_ = nullptr;
  CLI::App* list_ = nullptr;
  CLI::App* logs_ = nullptr;
  CLI::App* stats_ = nullptr;
  CLI::App* doctor_ = nullptr;
  CLI::App* config_ = nullptr;
  bool all_ = false;
  bool json_ = false;  // Of the commands that select no tasks.
  WhyArguments why_arguments_;
  GraphArguments graph_arguments_;
  LogsArguments logs_arguments_;
};

}  // namespace vc::agent
