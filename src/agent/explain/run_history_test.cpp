#include "agent/explain/run_history.hpp"

#include "agent/explain/run_statistics.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

RecordedRun run_of(std::vector<std::string> hits, std::vector<TimedTask> executed,
                   std::vector<std::string> failed = {}) {
  return {.time_ms = 1'795'000'000'000,
          .wall_ms = 1000,
          .saved_ms = 2000 * hits.size(),
          .bytes_down = 10,
          .bytes_up = 20,
          .hits_remote = 1,
          .exit_code = failed.empty() ? 0 : 1,
          .requested = {"build"},
          .hits = std::move(hits),
          .executed = std::move(executed),
          .failed = std::move(failed)};
}

TEST(RunHistory, ReadsBackWhatWasWritten) {
  const TempDir directory = TempDir::create().value();
  const fs::path state = directory.path() / ".velocity";
  EXPECT_TRUE(read_history(state).empty());
  ASSERT_TRUE(append_history(state, run_of({"a#b", "quote\"#b"}, {{"c#b", 120}})).has_value());
  ASSERT_TRUE(append_history(state, run_of({}, {}, {"d#b"})).has_value());
  const auto runs = read_history(state);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].hits, (std::vector<std::string>{"a#b", "quote\"#b"}));
  ASSERT_EQ(runs[0].executed.size(), 1U);
  EXPECT_EQ(runs[0].executed[0].label, "c#b");
  EXPECT_EQ(runs[0].executed[0].duration_ms, 120U);
  EXPECT_EQ(runs[0].time_ms, 1'795'000'000'000U);
  EXPECT_EQ(runs[0].requested, std::vector<std::string>{"build"});
  EXPECT_EQ(runs[1].failed, std::vector<std::string>{"d#b"});
  EXPECT_EQ(runs[1].exit_code, 1);
}

TEST(RunHistory, LeavesOutLinesThatAreTornOrForeign) {
  const TempDir directory = TempDir::create().value();
  const std::string line = history_line(run_of({"a#b"}, {}));
  const std::string text = line.substr(0, line.size() / 2) + "\n[]\n\n{\"hits\": 3}\n\xff\n" + line;
  ASSERT_TRUE(write_file_atomically(directory.path() / "history", text).has_value());
  EXPECT_EQ(read_history(directory.path()).size(), 1U);
}

TEST(RunHistory, IsBoundedAndKeepsTheNewest) {
  const TempDir directory = TempDir::create().value();
  constexpr std::uint64_t kBytesMax = 4000;
  for (std::uint64_t i = 0; i < 100; ++i) {
    RecordedRun run = run_of({"a#b"}, {});
    run.time_ms = i;
    ASSERT_TRUE(append_history(directory.path(), run, kBytesMax).has_value());
    ASSERT_LE(fs::file_size(directory.path() / "history"), kBytesMax);
  }
  const auto runs = read_history(directory.path());
  ASSERT_GT(runs.size(), 5U);
  EXPECT_EQ(runs.back().time_ms, 99U);
  EXPECT_EQ(runs.front().time_ms, 100 - runs.size()) << "no gap";
}

TEST(RunStatistics, CountWhatTheRunsDid) {
  const std::vector<RecordedRun> runs{run_of({}, {{"slow#b", 9000}, {"fast#b", 10}}),
                                      run_of({"slow#b"}, {{"fast#b", 30}}),
                                      run_of({"slow#b"}, {}, {"fast#b"})};
  const RunStatistics statistics = statistics_of(runs);
  EXPECT_EQ(statistics.runs, 3U);
  EXPECT_EQ(statistics.runs_failed, 1U);
  EXPECT_EQ(statistics.hits, 2U);
  EXPECT_EQ(statistics.executions, 4U);
  EXPECT_EQ(statistics.saved_ms, 4000U);
  EXPECT_EQ(statistics.bytes_up, 60U);
  EXPECT_EQ(slowest(statistics).front().label, "slow#b");
  EXPECT_EQ(least_cached(statistics).front().label, "fast#b");
  EXPECT_EQ(least_cached(statistics).front().executions, 3U);
  EXPECT_EQ(least_cached(statistics).front().mean_ms, 20U);
  EXPECT_TRUE(render(statistics).contains("2 of 6 results from a cache (33 %)"))
      << render(statistics);
}

TEST(RunStatistics, OfNoRunsSaySo) {
  EXPECT_EQ(render(statistics_of({})), "no run is recorded here\n");
}

}  // namespace
}  // namespace vc::agent
