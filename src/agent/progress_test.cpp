#include "agent/progress.hpp"

#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace vc::agent {
namespace {

struct ProgressTest : testing::Test {
  FakeClock clock;
  std::ostringstream out;
  std::ostringstream err;
  std::unique_ptr<Progress> progress;

  void use(const ProgressOptions& options) { progress = make_progress(options, out, err, clock); }

  static TaskReport report(const std::string& label, TaskResult result) {
    return {.label = label, .key = sha256(label), .result = result, .duration_ms = 1'200};
  }

  static std::string log(std::string_view text) {
    TaskLog made;
    made.append(OutputStream::out, {}, text);
    return made.encoded();
  }

  static std::string key(const std::string& label) { return sha256(label).hex().substr(0, 16); }

  // One of each: a hit, an execution, a failure.
  void play() {
    progress->begin("remote cache: none", 3);
    progress->hit(report("lib#build", TaskResult::hit_remote), log("compiled lib\n"));
    progress->started("web#build", sha256("web#build"), "");
    progress->output("web#build", OutputStream::out, "com");
    progress->output("web#build", OutputStream::err, "careful\n");
    progress->output("web#build", OutputStream::out, "piled web");
    progress->finished(report("web#build", TaskResult::succeeded));
    progress->started("api#build", sha256("api#build"), "");
    progress->output("api#build", OutputStream::err, "syntax error\n");
    TaskReport failure = report("api#build", TaskResult::failed);
    failure.why = "exit status 2";
    failure.log = log("syntax error\n");
    failure.withheld_variables = {"API_KEY", "HOST"};
    progress->finished(failure);
    progress->finished(report("app#build", TaskResult::skipped));
    progress->end("3 tasks");
  }
};

const std::string kFailure =
    "not run: app#build\n"
    "api#build: FAILED: exit status 2 after 1.2 s\n"
    "syntax error\n"
    "note: set here but withheld from the task: API_KEY, HOST (name it under `env` or `pass_env` "
    "to pass it)\n"
    "3 tasks\n";

TEST_F(ProgressTest, PrefixesEveryLineAndRepeatsFailuresLast) {
  use({});
  play();
  EXPECT_EQ(out.str(),
            "remote cache: none\n"
            "lib#build: CACHE HIT (remote) " +
                key("lib#build") +
                ", saved 1.2 s\n"
                "lib#build: compiled lib\n"
                "web#build: CACHE MISS " +
                key("web#build") +
                "\n"
                "web#build: careful\n"
                "web#build: compiled web\n"
                "web#build: done in 1.2 s\n"
                "api#build: CACHE MISS " +
                key("api#build") +
                "\n"
                "api#build: syntax error\n"
                "api#build: FAILED: exit status 2 after 1.2 s\n" +
                kFailure);
  EXPECT_EQ(err.str(), "");
}

TEST_F(ProgressTest, TellsFailedAttemptsAndWhichOneCounted) {
  use({});
  progress->started("web#test", sha256("web#test"), "");
  progress->output("web#test", OutputStream::out, "half a line");
  progress->remark("web#test", "1st attempt failed: exit status 1");
  TaskReport good = report("web#test", TaskResult::succeeded);
  good.attempts = 2;
  progress->finished(good);
  progress->started("api#test", sha256("api#test"), "");
  TaskReport late = report("api#test", TaskResult::failed);
  late.why = "timed out after 30 s";
  late.cause = FailureCause::timeout;
  late.attempts = 3;
  progress->finished(late);
  EXPECT_EQ(out.str(), "web#test: CACHE MISS " + key("web#test") +
                           "\n"
                           "web#test: half a line\n"
                           "web#test: 1st attempt failed: exit status 1\n"
                           "web#test: done in 1.2 s (2nd attempt)\n"
                           "api#test: CACHE MISS " +
                           key("api#test") +
                           "\n"
                           "api#test: FAILED: timed out after 30 s (3rd attempt)\n");
}

TEST_F(ProgressTest, GroupsWhatWentWellOnGitHubAndLeavesFailuresOpen) {
  use({.style = ProgressStyle::github});
  play();
  EXPECT_EQ(out.str(),
            "remote cache: none\n"
            "::group::lib#build: CACHE HIT (remote) " +
                key("lib#build") +
                ", saved 1.2 s\n"
                "compiled lib\n"
                "::endgroup::\n"
                "::group::web#build: CACHE MISS " +
                key("web#build") +
                "\n"
                "careful\n"
                "compiled web\n"
                "::endgroup::\n" +
                kFailure);
}

TEST_F(ProgressTest, MakesGitLabSectionsWithNamesItAccepts) {
  use({.style = ProgressStyle::gitlab});
  progress->hit(report("@a/b#build", TaskResult::hit_local), log("text\n"));
  EXPECT_EQ(out.str(),
            "\033[0Ksection_start:1800000000:_a_b_build[collapsed=true]\r\033[0K"
            "@a/b#build: CACHE HIT (local) " +
                key("@a/b#build") +
                ", saved 1.2 s\n"
                "text\n"
                "\033[0Ksection_end:1800000000:_a_b_build\r\033[0K\n");
}

TEST_F(ProgressTest, MakesNoGroupOfNothing) {
  use({.style = ProgressStyle::github});
  progress->hit(report("lib#build", TaskResult::hit_local), "");
  EXPECT_EQ(out.str(), "lib#build: CACHE HIT (local) " + key("lib#build") + ", saved 1.2 s\n");
}

// A prefix would hide `::error file=...` from the CI system.
TEST_F(ProgressTest, NeverPrefixesACommandToTheCiSystem) {
  use({});
  progress->started("web#lint", Digest(), "");
  out.str("");
  progress->output("web#lint", OutputStream::out, "::error file=a.ts::bad\nplain\n");
  EXPECT_EQ(out.str(), "::error file=a.ts::bad\nweb#lint: plain\n");
}

TEST_F(ProgressTest, ShowsTheLogsThatWereAskedFor) {
  const auto shown = [&](OutputLogs logs) {
    out.str("");
    use({.logs = logs});
    play();
    std::string which;
    which += out.str().contains("compiled lib") ? "hit " : "";
    which += out.str().contains("compiled web") ? "new " : "";
    which += out.str().contains("CACHE MISS") ? "state " : "";
    which += out.str().contains("syntax error") ? "error" : "";
    return which;
  };
  EXPECT_EQ(shown(OutputLogs::full), "hit new state error");
  EXPECT_EQ(shown(OutputLogs::new_only), "new state error");
  EXPECT_EQ(shown(OutputLogs::hash_only), "state error");
  EXPECT_EQ(shown(OutputLogs::errors_only), "error");
  EXPECT_EQ(shown(OutputLogs::none), "");
}

TEST_F(ProgressTest, SaysWhyATaskRunsAlthoughItCouldHaveBeenAHit) {
  use({});
  progress->started("web#deploy", sha256("web#deploy"), "cache: false");
  EXPECT_EQ(out.str(), "web#deploy: CACHE MISS " + key("web#deploy") + ", cache: false\n");
}

TEST_F(ProgressTest, DrawsWhatRunsOnATerminalAndErasesItBeforeText) {
  use({.style = ProgressStyle::live, .size = [] { return TerminalSize{.columns = 40}; }});
  progress->begin("remote cache: none", 2);
  progress->started("web#build", sha256("web#build"), "");
  out.str("");
  clock.advance(std::chrono::seconds(3));
  progress->tick();
  EXPECT_EQ(out.str(), "[0/2] 1 running, 3.0 s\n  web#build 3.0 s");
  progress->tick();
  EXPECT_EQ(out.str(), "[0/2] 1 running, 3.0 s\n  web#build 3.0 s") << "nothing has moved";
  out.str("");
  progress->notice(Severity::warning, "careful");
  EXPECT_EQ(out.str(), "\r\033[K\033[A\r\033[K");
  EXPECT_EQ(err.str(), "warning: careful\n");
}

TEST_F(ProgressTest, PaintsOnlyWhenToldTo) {
  use({.colour = Colour::on});
  play();
  EXPECT_NE(out.str().find("\033[32mCACHE HIT (remote)\033[0m"), std::string::npos);
  out.str("");
  use({});
  play();
  EXPECT_EQ(out.str().find('\033'), std::string::npos);
}

TEST_F(ProgressTest, NoticesThatNobodyReadsAnyMore) {
  use({});
  EXPECT_FALSE(progress->is_broken());
  out.setstate(std::ios::badbit);
  EXPECT_TRUE(progress->is_broken());
}

}  // namespace
}  // namespace vc::agent
