#include "agent/trace/proposal.hpp"

#include "agent/output_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

class Proposer {
 public:
  Proposer(const TraceReport& report, const ProposalBasis& basis) : report_(report), basis_(basis) {
    proposal_.task = report.task;
  }

  Proposal run() {
    for (const Finding& finding : report_.findings) {
      take(finding);
    }
    proposal_.inputs = fewest_globs(inputs_, Grouping::by_directory);
    proposal_.global_inputs = fewest_globs(global_inputs_, Grouping::by_directory);
    proposal_.outputs = fewest_globs(outputs_, Grouping::by_extension);
    if (absent_ > 0) {
      note(fmt::format("{} absent file{} it looked for {} in no pattern: name {} if {} may appear",
                       absent_, absent_ == 1 ? "" : "s", absent_ == 1 ? "is" : "are",
                       absent_ == 1 ? "it" : "those that matter", absent_ == 1 ? "it" : "they"));
    }
    return std::move(proposal_);
  }

 private:
  void take(const Finding& finding) {
    const std::string_view path = finding.path;
    if (path.ends_with(".git/")) {
      return note(
          "it reads .git: let `tools` say what it takes from there, such as `git rev-parse "
          "HEAD`");
    }
    if (path.ends_with("node_modules/")) {
      return note("it reads node_modules, and no lockfile says what is in there: commit one");
    }
    switch (finding.kind) {
      case FindingKind::dependency_output:
        return take_dependency(finding.task);
      case FindingKind::read:
      case FindingKind::checked:
      case FindingKind::listed:
        return take_input(finding.path == "./" ? "" : finding.path);
      case FindingKind::written:
        return take_output(finding);
      case FindingKind::removed:
        return note(fmt::format("it removes {}, which it has not made", finding.path));
      case FindingKind::absent:
        ++absent_;
        return;
    }
  }

  void take_dependency(const std::string& label) {
    const std::size_t hash = label.rfind('#');
    const std::string package = label.substr(0, hash);
    const std::string task = hash == std::string::npos ? label : label.substr(hash + 1);
    std::string form = label;
    if (report_.task.starts_with(package + "#")) {
      form = task;
    } else if (basis_.packages.contains(package)) {
      form = "^" + task;
    }
    auto& list = proposal_.depends_on;
    if (std::ranges::find(list, form) == list.end()) {
      list.push_back(std::move(form));
    }
  }

  // Relative to the package; nullopt for what lies elsewhere.
  std::optional<std::string> in_package(const std::string& path) const {
    if (report_.directory.empty()) {
      return path;
    }
    const std::string prefix = report_.directory + "/";
    return path.starts_with(prefix) ? std::optional(path.substr(prefix.size())) : std::nullopt;
  }

  void take_input(const std::string& path) {
    const auto own = in_package(path);
    if (own && basis_.has_inputs) {
      inputs_.push_back(own->empty() ? "/" : *own);
    } else if (!path.empty()) {
      global_inputs_.push_back(path);
    } else {
      note("it lists the root of the workspace, whose names are in no pattern");
    }
  }

  void take_output(const Finding& finding) {
    const auto own = in_package(finding.created.empty() ? finding.path : finding.created + "/");
    if (!own || own->empty()) {
      note(fmt::format("it writes {}, outside of its package: outputs cannot be there",
                       finding.path));
    } else if (finding.path.contains("node_modules/")) {
      note(fmt::format("it writes {}, below node_modules: give the tool another place",
                       finding.path));
    } else if (std::ranges::find(outputs_, *own) == outputs_.end()) {
      outputs_.push_back(*own);
    }
  }

  void note(std::string text) {
    if (std::ranges::find(proposal_.notes, text) == proposal_.notes.end()) {
      proposal_.notes.push_back(std::move(text));
    }
  }

  const TraceReport& report_;
  const ProposalBasis& basis_;
  Proposal proposal_;
  std::vector<std::string> inputs_;
  std::vector<std::string> global_inputs_;
  std::vector<std::string> outputs_;
  std::size_t absent_ = 0;
};

}  // namespace

Proposal propose(const TraceReport& report, const ProposalBasis& basis) {
  return Proposer(report, basis).run();
}

}  // namespace vc::agent
