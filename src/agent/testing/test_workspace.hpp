// TestWorkspace: packages `base` <- `left`, `right` <- `top` in a real folder, and runs of them
// with fake processes and a fake gateway.
#pragma once

#include "agent/commands/session.hpp"
#include "agent/executor.hpp"
#include "agent/testing/fake_gateway.hpp"
#include "agent/testing/fake_processes.hpp"
#include "agent/testing/recording_progress.hpp"
#include "core/temp_dir.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace vc::agent {

struct TestRun {
  RunOutcome outcome;
  std::string errors;  // What went to standard error before anything ran.
  int usage_error = 0;
  std::unique_ptr<RecordingProgress> progress = std::make_unique<RecordingProgress>();
  std::string broken_requirement;

  std::size_t count(TaskResult result) const {
    return static_cast<std::size_t>(
        std::ranges::count(outcome.reports, result, &TaskReport::result));
  }
};

class TestWorkspace {
 public:
  static constexpr std::string_view kConfig = R"(version: 1
remote:
  url: "http://cache.test"
  token: "${TEST_TOKEN}"
pipeline:
  build:
    command: "make it"
    inputs: ["src/**"]
    outputs: ["dist/**"]
    depends_on: ["^build"]
)";

  explicit TestWorkspace(std::string_view config = kConfig)
      : directory_(TempDir::create().value()) {
    write("velocity.yml", config);
    write("package.json", R"({"name": "root", "workspaces": ["packages/*"]})");
    add("base", "");
    add("left", R"("base": "*")");
    add("right", R"("base": "*")");
    add("top", R"("left": "*", "right": "*")");
    environment.set("TEST_TOKEN", std::string(FakeGateway::kToken));
    environment.set("PATH", "/usr/bin:/bin");
  }

  void add(const std::string& name, std::string_view dependencies) const {
    const std::string folder = "packages/" + name;
    write(folder + "/package.json",
          fmt::format(
              R"({{"name": "{}", "scripts": {{"build": "make it"}}, "dependencies": {{{}}}}})",
              name, dependencies));
    write(folder + "/src/a.txt", name + "\n");
  }

  void write(const std::string& path, std::string_view text) const {
    const auto written = write_file_atomically(root() / path, text);
    ASSERT_TRUE(written.has_value()) << written.error().message;
  }

  std::string read(const std::string& path) const {
    return read_file_if_exists(root() / path).value().value_or("(absent)");
  }

  void remove(const std::string& path) const { fs::remove_all(root() / path); }

  void remove_outputs() const {
    for (const char* name : {"base", "left", "right", "top"}) {
      remove(fmt::format("packages/{}/dist", name));
    }
  }

  const fs::path& root() const { return directory_.path(); }

  // What `make it` does: prints a line and copies src/a.txt to dist/a.txt.
  static Result<ProcessExit> make(const ProcessSpec& spec,
                                  const Processes::OutputReceiver& receiver) {
    receiver(OutputStream::out, {}, "making " + spec.directory.filename().string() + "\n");
    const auto text = read_file(spec.directory / "src/a.txt");
    EXPECT_FALSE(fs::exists(spec.directory / "dist")) << "old outputs must be gone";
    EXPECT_TRUE(write_file_atomically(spec.directory / "dist/a.txt", text.value_or("?")));
    return ProcessExit{};
  }

  TestRun run(FakeProcesses& processes, net::HttpClient& http,
              const SelectionArguments& arguments = {.tasks = {"build"}},
              FailurePolicy policy = FailurePolicy::stop) const {
    TestRun run;
    std::ostringstream out;
    std::ostringstream err;
    const SystemClock clock;
    CommandContext context{
        .environment = environment,
        .directory = root(),
        .out = out,
        .err = err,
        .clock = clock,
        .http = http,
        .pause = [](auto, const std::stop_token& stop) { return !stop.stop_requested(); }};
    auto session = Session::load(arguments, Purpose::run, context, *run.progress);
    run.errors = err.str();
    if (!session) {
      run.usage_error = to_int(session.error());
      return run;
    }
    LookupResult lookups = (*session)->look_up({});
    RunContext& run_context = (*session)->run_context();
    run_context.options.failure_policy = policy;
    if (configure) {
      configure(run_context);
    }
    if (with_options) {
      with_options(run_context.options);
    }
    {
      Executor executor(run_context, processes, std::move(lookups.tasks));
      if (with_executor) {
        with_executor(executor);
      }
      run.outcome = executor.run();
    }
    (*session)->save_index();
    run.broken_requirement = (*session)->broken_requirement();
    return run;
  }

  Environment environment;
  std::function<void(RunContext&)> configure;
  std::function<void(Executor&)> with_executor;
  std::function<void(RunOptions&)> with_options;

 private:
  TempDir directory_;
};

}  // namespace vc::agent
