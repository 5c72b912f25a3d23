#include "agent/commands/parser/upkeep_commands.hpp"

#include "core/quantity.hpp"

#include <CLI/CLI.hpp>

#include <vector>

namespace vc::agent {

namespace {

constexpr const char* kTraceFooter = R"(
Examples:
  velocity-cli run build --trace    execute, and watch which files every task reads and writes
  velocity-cli trace web#build      what it did that its definition does not say
  velocity-cli trace --fix          what to add to velocity.yml; with --write, add it
)";

}  // namespace

void UpkeepCommands::add_to(CLI::App& app) {
  add_trace(app);
  add_others(app);
}

void UpkeepCommands::add_trace(CLI::App& app) {
  trace_ = app.add_subcommand("trace", "Show what run --trace found, and what to declare");
  trace_->footer(kTraceFooter);
  trace_->add_option("task", trace_arguments_.task, "web#build; all that were traced by default")
      ->type_name("");
  auto* fix = trace_->add_flag("--fix", fix_, "Propose inputs, outputs and dependencies");
  trace_->add_flag("--write", write_, "With --fix: write them into velocity.yml")->needs(fix);
  trace_->add_flag("--json", json_, "As JSON");
}

void UpkeepCommands::add_prune(CLI::App& app) {
  prune_ = app.add_subcommand(
      "prune", "Copy some packages, all they need and the root's files: for container layers");
  prune_->footer(
      "\nExamples:\n  velocity-cli prune web\n"
      "  velocity-cli prune web --docker    COPY out/json, install, COPY out/full, build\n");
  prune_->add_option("packages", prune_arguments_.packages, "Names or folders of packages")
      ->required()
      ->type_name("");
  prune_->add_option("--out-dir", prune_arguments_.out_dir, "Where to; by default out")
      ->type_name("FOLDER");
  prune_->add_flag("--docker", docker_, "Manifests and lockfile in json/, all sources in full/");
  prune_->add_flag("--force", force_, "Add to a folder that is not empty");
  prune_->add_flag("--json", json_, "Say what was copied as JSON");
}

void UpkeepCommands::add_others(CLI::App& app) {
  init_ = app.add_subcommand("init", "Write a velocity.yml for this repository");
  init_->footer("\nExample:\n  velocity-cli init\n");
  init_->add_flag("--force", force_, "Overwrite an existing velocity.yml");
  add_prune(app);
  clean_ = app.add_subcommand("clean", "Remove the local cache; outputs of tasks stay");
  clean_->footer("\nExample:\n  velocity-cli clean\n");
  gc_ = app.add_subcommand("gc", "Bring the local cache under its limits");
  gc_->footer(
      "\nExamples:\n  velocity-cli gc --dry-run\n  velocity-cli gc --max-size=2GiB "
      "--max-age=7d\n");
  gc_->add_option(
         "--max-size", max_size_,
         "How much may stay, the most recently used; by default VELOCITY_CACHE_MAX_SIZE, else "
         "10GiB")
      ->type_name("SIZE");
  gc_->add_option(
         "--max-age", max_age_,
         "Results not used for this long go too; by default VELOCITY_CACHE_MAX_AGE, else 14d")
      ->type_name("TIME");
  gc_->add_flag("--dry-run", dry_run_, "Only say what would be removed");
  gc_->add_flag("--json", json_, "As JSON");
  version_ = app.add_subcommand("version", "Print the version");
  version_->footer("\nExample:\n  velocity-cli version --json\n");
  version_->add_flag("--json", json_, "As JSON");
  CLI::App* completion = app.add_subcommand("completion", "Print a completion script for a shell");
  completion->footer(
      "\nExample:\n  velocity-cli completion bash > "
      "~/.local/share/bash-completion/completions/velocity-cli\n");
  completion->add_option("shell", completion_arguments_.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}));
}

Result<Arguments> UpkeepCommands::arguments() {
  if (init_->parsed()) {
    return InitArguments{.force = force_ ? Force::yes : Force::no};
  }
  if (prune_->parsed()) {
    prune_arguments_.layout = docker_ ? PruneLayout::docker : PruneLayout::whole;
    prune_arguments_.force = force_ ? Force::yes : Force::no;
    prune_arguments_.format = format();
    return prune_arguments_;
  }
  if (trace_->parsed()) {
    trace_arguments_.fix = write_ ? Fix::write : (fix_ ? Fix::propose : Fix::no);
    trace_arguments_.format = format();
    return trace_arguments_;
  }
  if (clean_->parsed()) {
    return CleanArguments{};
  }
  if (gc_->parsed()) {
    return gc_arguments();
  }
  if (version_->parsed()) {
    return VersionArguments{.format = format()};
  }
  return completion_arguments_;
}

Result<Arguments> UpkeepCommands::gc_arguments() const {
  GcArguments out{.mode = dry_run_ ? GarbageMode::preview : GarbageMode::remove,
                  .format = format()};
  const auto number = [](std::string_view flag, const std::string& text, auto parse,
                         auto& into) -> Result<void> {
    auto parsed = text.empty() ? Result<std::int64_t>(0) : parse(text);
    if (!parsed) {
      return std::unexpected(std::move(parsed).error().within(flag));
    }
    if (!text.empty()) {
      into.emplace(*parsed);
    }
    return {};
  };
  VC_CHECK(number("--max-size", max_size_, parse_byte_count, out.bytes_max));
  VC_CHECK(number("--max-age", max_age_, parse_seconds, out.age_max));
  return out;
}

}  // namespace vc::agent
