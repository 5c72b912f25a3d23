#include "agent/fingerprint/testing/checkout.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vc::agent::property {

namespace {

class ToolsOfBlueprint final : public ToolRunner {
 public:
  explicit ToolsOfBlueprint(const Blueprint& blueprint) : blueprint_(blueprint) {}

  Result<std::string> run(const ToolCommand& command) override {
    const std::size_t tool = command.argv.front().ends_with("sh") ? 0 : 1;
    return fmt::format("version {}\n", blueprint_.tools.at(tool));
  }

 private:
  const Blueprint& blueprint_;
};

// Not synced to the disk, unlike write_tree(): there are a hundred thousand of them.
void write_node(const fs::path& path, const Node& node) {
  fs::create_directories(path.parent_path());
  if (node.kind == Node::Kind::link) {
    fs::create_symlink(node.text, path);
    return;
  }
  // One that is there keeps its inode, as with many editors.
  const auto fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  ASSERT_TRUE(fd) << path;
  ASSERT_TRUE(write_all(fd->get(), as_bytes(node.text))) << path;
  ASSERT_EQ(::fchmod(fd->get(), node.mode), 0) << path;
}

}  // namespace

std::string real_key(const TaskFingerprint& fingerprint, const fs::path&) {
  return fingerprint.key.hex();
}

// In memory where that can be had: thousands of folders come and go, and a disk is slow at that.
Checkout::Checkout()
    : directory_(TempDir::create(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "").value()) {}

void Checkout::become(const Blueprint& blueprint, bool is_rewritten) {
  const Tree wanted = tree_of(blueprint);
  Tree missing;
  for (const auto& [path, node] : files_) {
    const auto found = wanted.find(path);
    if (is_rewritten || found == wanted.end() || found->second.kind != node.kind ||
        (node.kind == Node::Kind::link && !(found->second == node))) {
      fs::remove(root() / path);
    }
  }
  for (const auto& [path, node] : wanted) {
    const auto found = files_.find(path);
    if (is_rewritten || found == files_.end() || !(found->second == node)) {
      missing.emplace(path, node);
    }
  }
  for (const auto& [path, node] : missing) {
    write_node(root() / path, node);
  }
  files_ = wanted;
  // Whoever installs another tool replaces its program; ours says something else by itself.
  fs::remove_all(root() / ".velocity/tools");
}

std::expected<std::map<std::string, std::string>, std::string> Checkout::keys(
    const Blueprint& blueprint, const KeyOf& key_of) {
  const Environment environment = environment_of(blueprint);
  const auto said = [](const Diagnostics& errors) { return std::unexpected(render(errors)); };
  const auto config = load_config(root() / "velocity.yml", environment);
  if (!config) {
    return said(config.error());
  }
  const auto workspace = discover_workspace(*config);
  if (!workspace) {
    return said(workspace.error());
  }
  Selection selection;
  for (int task = 0; task < static_cast<int>(blueprint.tasks.size()); ++task) {
    for (int package = 0; package < static_cast<int>(blueprint.packages.size()); ++package) {
      if (has_task(blueprint, package, task)) {
        selection.tasks.push_back(package_name(package) + "#" + task_name(task));
      }
    }
  }
  if (selection.tasks.empty()) {
    return std::map<std::string, std::string>();
  }
  const auto graph = build_task_graph(*config, *workspace, selection);
  if (!graph) {
    return said(graph.error());
  }
  ToolsOfBlueprint tools(blueprint);
  FingerprintOptions options{.threads = 1, .tool_runner = &tools};
  if (blueprint.argument != 0) {
    options.pass_through_arguments["p0#t0"] = {fmt::format("--{}", blueprint.argument)};
  }
  const auto index = FileIndex::load(root() / ".velocity/index");
  const auto result =
      compute_fingerprints(*config, *workspace, *graph, environment, *index, options);
  if (!result) {
    return said(result.error());
  }
  static_cast<void>(index->save());
  std::map<std::string, std::string> keys;
  for (std::size_t task = 0; task < graph->tasks.size(); ++task) {
    keys[graph->tasks[task].label] = key_of(result->tasks[task], root());
  }
  return keys;
}

}  // namespace vc::agent::property
