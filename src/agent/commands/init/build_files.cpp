#include "agent/commands/init/detect.hpp"
#include "agent/config/optional_file.hpp"
#include "core/result.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::uint64_t kBuildFileBytesMax = 1 << 20;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The whole folder is one package: these tools see to their own parts.
Draft draft(std::string found, std::vector<DraftTask> tasks) {
  return {.found = std::move(found),
          .packages = std::vector<std::string>{"."},
          .tasks = std::move(tasks)};
}

Draft cargo_draft() {
  const std::vector<std::string> tools{"rustc --version"};
  const std::vector<std::string> passed{"CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"};
  return draft(
      "Cargo.toml",
      {{.name = "build",
        .command = "cargo build --release",
        .comments = {"Without cargo's own caches, which are large and of no use elsewhere."},
        .outputs = {"target/release/**", "!target/release/build/**", "!target/release/deps/**",
                    "!target/release/incremental/**", "!target/release/examples/**",
                    "!target/release/.fingerprint/**", "!target/release/.cargo-lock"},
        .env = {"CARGO_BUILD_*", "CARGO_PROFILE_*"},
        .pass_env = passed,
        .tools = tools},
       {.name = "test", .command = "cargo test", .pass_env = passed, .tools = tools},
       {.name = "lint",
        .command = "cargo clippy --all-targets -- -D warnings",
        .pass_env = passed,
        .tools = tools}});
}

Draft go_draft(const fs::path& directory) {
  const std::vector<std::string> tools{"go version"};
  const std::vector<std::string> env{"CGO_ENABLED", "GOOS", "GOARCH"};
  const std::vector<std::string> passed{"GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY"};
  // `go build -o` into a folder fails where there is no program.
  const bool has_program = is_there(directory / "main.go") || is_there(directory / "cmd");
  DraftTask build{.name = "build",
                  .command = has_program ? "go build -o bin/ ./..." : "go build ./...",
                  .env = env,
                  .pass_env = passed,
                  .tools = tools};
  if (has_program) {
    build.outputs = {"bin/**"};
  }
  return draft(
      "go.mod",
      {std::move(build),
       {.name = "test", .command = "go test ./...", .env = env, .pass_env = passed, .tools = tools},
       {.name = "lint",
        .command = "go vet ./...",
        .env = env,
        .pass_env = passed,
        .tools = tools}});
}

// What runs a program of the project's environment: the tool whose lockfile lies here.
std::string python_prefix(const fs::path& directory) {
  if (is_there(directory / "uv.lock")) {
    return "uv run ";
  }
  return is_there(directory / "poetry.lock") ? "poetry run " : "";
}

Draft python_draft(std::string found, std::string_view requirements, const std::string& prefix) {
  const std::vector<std::string> tools{prefix + "python --version"};
  std::vector<DraftTask> tasks{{.name = "test",
                                .command = prefix + "python -m pytest",
                                .pass_env = {"VIRTUAL_ENV"},
                                .tools = tools}};
  if (requirements.contains("ruff")) {
    tasks.push_back({.name = "lint",
                     .command = prefix + "ruff check .",
                     .pass_env = {"VIRTUAL_ENV"},
                     .tools = {prefix + "ruff --version"}});
  }
  if (requirements.contains("mypy")) {
    tasks.push_back({.name = "typecheck",
                     .command = prefix + "mypy .",
                     .pass_env = {"VIRTUAL_ENV"},
                     .tools = {prefix + "mypy --version"}});
  }
  return draft(std::move(found), std::move(tasks));
}

Draft cmake_draft(std::string_view text) {
  const std::vector<std::string> tools{"cmake --version", "c++ --version"};
  // The build tree holds absolute paths and timestamps: an input to nothing, and no output.
  const std::vector<std::string> inputs{"**", "!build/**", "!dist/**"};
  const std::string configure_and_build = "cmake -S . -B build && cmake --build build";
  DraftTask build{
      .name = "build", .command = configure_and_build, .inputs = inputs, .tools = tools};
  if (text.contains("install(")) {
    build.command += " && cmake --install build --prefix dist";
    build.outputs = {"dist/**"};
  } else {
    build.comments = {"Nothing is installed, so there is nothing to keep. With install() rules,",
                      "add `&& cmake --install build --prefix dist`, outputs [\"dist/**\"], and",
                      "remove `cache: false`."};
    build.cache = false;
  }
  std::vector<DraftTask> tasks{std::move(build)};
  if (text.contains("enable_testing") || text.contains("include(CTest)")) {
    tasks.push_back(
        {.name = "test",
         .command = configure_and_build + " && ctest --test-dir build --output-on-failure",
         .inputs = inputs,
         .depends_on = {"build"},  // Both write to the build tree.
         .tools = tools});
  }
  return draft("CMakeLists.txt", std::move(tasks));
}

bool has_target(std::string_view makefile, std::string_view target) {
  const std::string line = std::string(target) + ":";
  return makefile.starts_with(line) || makefile.contains("\n" + line);
}

Draft make_draft(std::string_view text) {
  std::vector<DraftTask> tasks{
      {.name = "build",
       .command = "make",
       .comments = {"Name in outputs what make leaves behind, then remove `cache: false`."},
       .tools = {"cc --version"},
       .cache = false}};
  for (const std::string_view target : {"test", "check", "lint"}) {
    if (has_target(text, target)) {
      tasks.push_back({.name = std::string(target),
                       .command = "make " + std::string(target),
                       .depends_on = {"build"},  // Two makes in one folder get in each other's way.
                       .tools = {"cc --version"}});
    }
  }
  return draft("Makefile", std::move(tasks));
}

}  // namespace

std::expected<std::optional<Draft>, Diagnostics> draft_of_build_files(const fs::path& directory) {
  if (is_there(directory / "Cargo.toml")) {
    return cargo_draft();
  }
  if (is_there(directory / "go.mod") || is_there(directory / "go.work")) {
    return go_draft(directory);
  }
  const auto text_of = [&](std::string_view name) {
    return read_optional_file(directory, std::string(name), kBuildFileBytesMax);
  };
  for (const std::string_view name : {"pyproject.toml", "requirements.txt"}) {
    VC_TRY(const std::optional<std::string> text, text_of(name));
    if (text) {
      return python_draft(std::string(name), *text, python_prefix(directory));
    }
  }
  VC_TRY(const std::optional<std::string> cmake, text_of("CMakeLists.txt"));
  if (cmake) {
    return cmake_draft(*cmake);
  }
  VC_TRY(const std::optional<std::string> makefile, text_of("Makefile"));
  if (makefile) {
    return make_draft(*makefile);
  }
  return std::nullopt;
}

}  // namespace vc::agent
