#include "agent/explain/remote_notes.hpp"

#include "agent/explain/notes_upload.hpp"
#include "agent/explain/trusted_reasons.hpp"
#include "agent/testing/git.hpp"
#include "agent/testing/test_workspace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mman.h>

namespace vc::agent {
namespace {

using ::testing::HasSubstr;

// A clean repository, and sessions in it whose runs are made up.
struct RemoteNotesTest : ::testing::Test {
  TestWorkspace workspace;
  std::ostringstream out;
  std::ostringstream err;
  SystemClock clock;
  FakeGateway gateway;
  RecordingProgress progress;
  Pause pause = [](auto, const std::stop_token& stop) { return !stop.stop_requested(); };
  CommandContext context{.environment = workspace.environment,
                         .directory = workspace.root(),
                         .out = out,
                         .err = err,
                         .clock = clock,
                         .http = gateway,
                         .pause = pause};
  std::unique_ptr<Session> session;

  RemoteNotesTest() {
    workspace.write(".gitignore", ".velocity\n");
    testing::git(workspace.root(), "init -q -b main");
    commit();
  }

  void commit() {
    testing::git(workspace.root(), "add -A");
    testing::git(workspace.root(), "commit -q -m more");
  }

  RunContext& load(const SelectionArguments& arguments = {.tasks = {"build"}}) {
    session = Session::load(arguments, Purpose::look, context, progress).value();
    return session->run_context();
  }

  // As a run in which every task was executed.
  void share(RunContext& run, TaskResult result = TaskResult::succeeded) {
    NotesUpload upload(run, gateway, pause);
    LookupResult lookups;
    lookups.tasks.resize(run.graph.tasks.size());
    upload.begin(lookups);
    upload.tasks_are_done(std::vector<TaskReport>(run.graph.tasks.size(), {.result = result}));
    upload.finish();
  }

  Result<std::unique_ptr<RemoteNotes>> look(RunContext& run) {
    const auto warn = [this](std::string_view text) { progress.notice(Severity::warning, text); };
    return RemoteNotes::look(run, *run.remote, warn, {});
  }

  // What a run says of a miss of base#build.
  std::string reason_elsewhere(RunContext& run, Place place = Place::nowhere) {
    const RunMemory memory(run);
    TrustedReasons reasons(run, memory, gateway, pause);
    LookupResult lookups;
    lookups.tasks.resize(run.graph.tasks.size(), {.place = place});
    reasons.begin(lookups);
    return reasons.of(0, std::chrono::minutes(5));
  }

  std::optional<RemoteNotes::Found> nearest(RunContext& run, TaskId task = 0) {
    auto remote = look(run);
    EXPECT_TRUE(remote.has_value()) << remote.error().message;
    return (*remote)->nearest(notes_of(run.node(task).label, run.fingerprints[task], {}), "build");
  }

  // What lies under the notes' key, sealed as it should be.
  void plant(RunContext& run, const std::string& body) {
    const UniqueFd file(::memfd_create("planted", MFD_CLOEXEC));
    ASSERT_TRUE(write_all(file.get(), as_bytes(body)).has_value());
    const std::string head = testing::git(workspace.root(), "rev-parse HEAD");
    const Digest key = notes_key({.commit = head.substr(0, head.find('\n')), .task = "build"}, 0);
    ASSERT_EQ(run.remote->upload(
                  {.key = key, .fd = file.get(), .size_bytes = body.size(), .sha256 = sha256(body)},
                  Comparison::none, {}),
              UploadOutcome::stored);
  }

  std::string warning() const {
    return progress.notices.empty() ? std::string() : progress.notices.front();
  }
};

TEST_F(RemoteNotesTest, ReadsWhatARunAtThisCommitHasShared) {
  RunContext& run = load();
  share(run);
  EXPECT_EQ(gateway.objects.size(), 1U);
  const auto found = nearest(run);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->notes.key, run.key(0));
  EXPECT_EQ(found->run.commits_back, 0U);
  EXPECT_EQ(found->run.scope, "default");
}

TEST_F(RemoteNotesTest, FindsTheNearestOfEarlierCommitsInOneBatch) {
  for (const char* text : {"1", "2", "3"}) {
    share(load());
    workspace.write("packages/base/src/a.txt", text);
    commit();
  }
  gateway.counts.clear();
  const auto found = nearest(load());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->run.commits_back, 1U);
  EXPECT_EQ(gateway.count("POST /v1/negotiate/batch"), 2);  // The commits, then what else is there.
}

TEST_F(RemoteNotesTest, ARunWithoutATrustedScopeSharesNothing) {
  gateway.scope = "pr/456/17";
  gateway.rights.read_scopes = {"pr/456/17", "trusted/456"};
  gateway.rights.write_scope = "pr/456/17";
  share(load());
  EXPECT_TRUE(gateway.objects.empty());
}

TEST_F(RemoteNotesTest, NotesOfAnUntrustedScopeAreNotUsed) {
  gateway.scope = "pr/456/17";
  gateway.rights.read_scopes = {"pr/456/17", "trusted/456"};
  gateway.rights.write_scope = "trusted/456";  // So that they are written at all.
  share(load());
  ASSERT_EQ(gateway.objects.size(), 1U);
  EXPECT_FALSE(nearest(load()).has_value());
  EXPECT_THAT(warning(), HasSubstr("are not used: scope pr/456/17 is not a trusted one"));
}

TEST_F(RemoteNotesTest, NotesThatAreNoneAreAWarningHoweverWellSealed) {
  for (const std::string body : {"", "no notes at all"}) {
    gateway.objects.clear();
    progress.notices.clear();
    RunContext& run = load();
    plant(run, body);
    EXPECT_FALSE(nearest(run).has_value());
    EXPECT_THAT(warning(), HasSubstr("the notes of build at commit "));
  }
}

TEST_F(RemoteNotesTest, NotesOfAnotherCommitAreNotThoseOfThisOne) {
  RunContext& run = load();
  const TaskNotes notes = notes_of("base#build", run.fingerprints[0], {});
  plant(run,
        pack_shared_notes({.commit = std::string(40, '1'), .task = "build"}, std::span(&notes, 1))
            ->bytes);
  EXPECT_FALSE(nearest(run).has_value());
  EXPECT_THAT(warning(), HasSubstr("it is not the notes of this task and commit"));
}

TEST_F(RemoteNotesTest, WhatWasNotExecutedIsNotShared) {
  for (const TaskResult result : {TaskResult::hit_local, TaskResult::hit_remote,
                                  TaskResult::skipped, TaskResult::interrupted}) {
    share(load(), result);
  }
  EXPECT_TRUE(gateway.objects.empty());
  share(load(), TaskResult::failed);
  const auto found = nearest(load());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->notes.result, NotedResult::failed);
}

TEST_F(RemoteNotesTest, RunsOfOneCommitThatDifferTakeOnePlaceEachAndNoMoreThanThereAre) {
  for (unsigned i = 0; i <= kNotesSlots + 1; ++i) {
    workspace.environment.set("NODE_ENV", std::to_string(i));
    share(load());
    share(load());  // Again: it is there.
    EXPECT_EQ(gateway.objects.size(), std::min(i + 1, kNotesSlots));
  }
  workspace.environment.set("NODE_ENV", "3");
  RunContext& run = load();
  const auto found = nearest(run);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->notes.key, run.key(0)) << "the one most like this";
}

TEST_F(RemoteNotesTest, ATroubledGatewayTakesNothingAndSaysNothing) {
  RunContext& run = load();
  gateway.fault = [](std::string_view, int) { return fail(Errc::unavailable, "refused"); };
  share(run);
  EXPECT_TRUE(gateway.objects.empty());
  EXPECT_TRUE(progress.notices.empty());
  EXPECT_EQ(run.remote->troubles().count(), 0);
  const auto remote = look(run);
  ASSERT_FALSE(remote.has_value());
  EXPECT_THAT(remote.error().message, HasSubstr("could not be asked"));
}

TEST_F(RemoteNotesTest, RunsThatMayNotWriteShareNothing) {
  share(load({.tasks = {"build"}, .remote = TierAccess::read}));
  EXPECT_EQ(gateway.requests(), 0);
}

TEST_F(RemoteNotesTest, AMissInAFreshCloneNamesWhatChangedSinceATrustedRun) {
  share(load());
  const std::string commit_before =
      testing::git(workspace.root(), "rev-parse HEAD").substr(0, kCommitDigits);
  workspace.write("packages/base/src/new.ts", "new");
  commit();
  EXPECT_EQ(reason_elsewhere(load()), "src/new.ts added since commit " + commit_before);
}

TEST_F(RemoteNotesTest, AMissOfWhatATrustedRunHadSaysThatItIsGone) {
  share(load());
  EXPECT_THAT(reason_elsewhere(load()), HasSubstr("is in no cache"));
  gateway.objects.clear();
  share(load(), TaskResult::failed);
  EXPECT_THAT(reason_elsewhere(load()), HasSubstr("it failed at commit "));
}

TEST_F(RemoteNotesTest, AMissWithoutTrustedRunsOrAGatewayHasNoReasonFromThem) {
  EXPECT_EQ(reason_elsewhere(load()), "");
  RunContext& run = load();
  gateway.fault = [](std::string_view, int) { return fail(Errc::unavailable, "refused"); };
  EXPECT_EQ(reason_elsewhere(run), "");
  EXPECT_TRUE(progress.notices.empty());
  EXPECT_EQ(run.remote->troubles().count(), 0);
}

TEST_F(RemoteNotesTest, NobodyIsAskedWhereNothingMisses) {
  RunContext& run = load();
  EXPECT_EQ(reason_elsewhere(run, Place::local), "");
  EXPECT_EQ(reason_elsewhere(load({.tasks = {"build"}, .remote = TierAccess::none})), "");
  EXPECT_EQ(gateway.requests(), 0);
}

}  // namespace
}  // namespace vc::agent
