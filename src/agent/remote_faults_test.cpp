// B28: every failure of the remote was silently a miss, and a stalled server hung the build. Here
// each way of failing has a row: the build always finishes, and says once what is wrong.
#include "agent/testing/test_workspace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::HasSubstr;

net::ClientResponse answer(int status, std::string body = {}, net::Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

struct Row {
  std::string name;
  std::string route;            // Where it fails: "PUT store" ...
  FakeGateway::Answer instead;  // What comes back,
  int times = 1'000;            // this many times.
  std::size_t warnings = 1;
  std::string says;             // Part of the warning.
  std::size_t remote_hits = 0;  // Of the four tasks of a second checkout.
  std::size_t objects = 4;      // In the store after the first run.

  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
};

const std::string kCapabilities = "GET /v1/capabilities";
const std::string kBatch = "POST /v1/negotiate/batch";
const std::string kNegotiate = "POST /v1/negotiate";

std::vector<Row> lookup_rows() {
  return {
      {.name = "Refused",
       .route = kCapabilities,
       .instead = fail(Errc::unavailable, "connection refused"),
       .says = "(network)"},
      {.name = "NameUnknown",
       .route = kCapabilities,
       .instead = fail(Errc::unavailable, "could not resolve host"),
       .says = "could not resolve"},
      {.name = "Timeout",
       .route = kCapabilities,
       .instead = fail(Errc::timeout, "no answer in 6 s"),
       .says = "no answer"},
      {.name = "Unauthorized",
       .route = kCapabilities,
       .instead = answer(401),
       .says = "TEST_TOKEN"},
      {.name = "Forbidden", .route = kCapabilities, .instead = answer(403), .says = "TEST_TOKEN"},
      {.name = "NotAGateway",
       .route = kCapabilities,
       .instead = answer(404, "<html>"),
       .says = "remote.url"},
      {.name = "NoJson",
       .route = kCapabilities,
       .instead = answer(200, "hello"),
       .says = "remote.url"},
      {.name = "ServerError", .route = kCapabilities, .instead = answer(500), .says = "500"},
      {.name = "Unavailable", .route = kCapabilities, .instead = answer(503), .says = "503"},
      {.name = "BatchRefused",
       .route = kBatch,
       .instead = fail(Errc::unavailable, "connection reset"),
       .says = "(network)"},
      {.name = "BatchError", .route = kBatch, .instead = answer(500), .says = "500"},
      {.name = "BatchTooShort",
       .route = kBatch,
       .instead = answer(200, R"({"responses":[]})"),
       .says = "asked for 4"},
      {.name = "BatchTooMany",
       .route = kBatch,
       .instead = answer(429, {}, {{"Retry-After", "3600"}}),
       .says = "429"},
      {.name = "BatchBusyOnce",
       .route = kBatch,
       .instead = answer(429, {}, {{"Retry-After", "1"}}),
       .times = 2,
       .warnings = 0,
       .remote_hits = 4},
  };
}

std::vector<Row> download_rows() {
  return {
      {.name = "GetRefused",
       .route = "GET store",
       .instead = fail(Errc::unavailable, "connection refused"),
       .says = "VC_S3_PUBLIC_ENDPOINT"},
      {.name = "GetRefusedOnce",
       .route = "GET store",
       .instead = fail(Errc::unavailable, "connection reset"),
       .times = 1,
       .warnings = 0,
       .remote_hits = 4},
      {.name = "GetCutOff",
       .route = "GET store",
       .instead = fail(Errc::corrupt, "cut off after 10 of 500 bytes"),
       .says = "cut off"},
      {.name = "GetTimeout",
       .route = "GET store",
       .instead = fail(Errc::timeout, "stalled"),
       .says = "stalled"},
      {.name = "GetGone", .route = "GET store", .instead = answer(404), .warnings = 0},
      {.name = "GetForbiddenOnce",
       .route = "GET store",
       .instead = answer(403),
       .times = 1,
       .warnings = 0,
       .remote_hits = 4},
      {.name = "GetExpiredAsGoogleSaysIt",
       .route = "GET store",
       .instead = answer(400, "<Error><Code>ExpiredToken</Code></Error>"),
       .times = 1,
       .warnings = 0,
       .remote_hits = 4},
      {.name = "GetForbidden",
       .route = "GET store",
       .instead = answer(403),
       .says = "the gateway's credentials"},
      {.name = "GetServerError", .route = "GET store", .instead = answer(500), .says = "500"},
      {.name = "GetBusyOnce",
       .route = "GET store",
       .instead = answer(503),
       .times = 2,
       .warnings = 0,
       .remote_hits = 4},
      {.name = "GetWrongBytes",
       .route = "GET store",
       .instead = answer(200, "not the artifact"),
       .times = 1,
       .says = "digest",
       .remote_hits = 3},
      {.name = "GetTooManyBytes",
       .route = "GET store",
       .instead = answer(200, std::string(1 << 20, 'x')),
       .times = 1,
       .says = "more bytes",
       .remote_hits = 3},
  };
}

std::vector<Row> upload_rows() {
  return {
      {.name = "NegotiateError",
       .route = kNegotiate,
       .instead = answer(500),
       .says = "500",
       .objects = 0},
      {.name = "NegotiateNoJson",
       .route = kNegotiate,
       .instead = answer(200, "{"),
       .says = "negotiate",
       .objects = 0},
      {.name = "PutRefused",
       .route = "PUT store",
       .instead = fail(Errc::unavailable, "connection refused"),
       .says = "VC_S3_PUBLIC_ENDPOINT",
       .objects = 0},
      {.name = "PutTimeout",
       .route = "PUT store",
       .instead = fail(Errc::timeout, "stalled"),
       .says = "stalled",
       .objects = 0},
      {.name = "PutExists",
       .route = "PUT store",
       .instead = answer(412),
       .warnings = 0,
       .objects = 0},
      {.name = "PutConflictOnce",
       .route = "PUT store",
       .instead = answer(409),
       .times = 1,
       .warnings = 0},
      {.name = "PutConflict",
       .route = "PUT store",
       .instead = answer(409),
       .says = "409",
       .objects = 0},
      {.name = "PutForbiddenOnce",
       .route = "PUT store",
       .instead = answer(403),
       .times = 1,
       .warnings = 0},
      {.name = "PutExpiredAsGoogleSaysIt",
       .route = "PUT store",
       .instead = answer(400, "<Error><Code>ExpiredToken</Code></Error>"),
       .times = 1,
       .warnings = 0},
      {.name = "PutBadRequest",
       .route = "PUT store",
       .instead = answer(400, "<Error><Code>BadDigest</Code></Error>"),
       .times = 1,
       .says = "400",
       .objects = 3},
      {.name = "PutForbidden",
       .route = "PUT store",
       .instead = answer(403),
       .says = "403",
       .objects = 0},
      {.name = "PutBusyOnce",
       .route = "PUT store",
       .instead = answer(503, {}, {{"Retry-After", "2"}}),
       .times = 2,
       .warnings = 0},
      {.name = "PutServerError",
       .route = "PUT store",
       .instead = answer(500),
       .says = "500",
       .objects = 0},
      {.name = "PutFull",
       .route = "PUT store",
       .instead = answer(507),
       .says = "507",
       .objects = 0},
  };
}

FakeGateway::Fault fault_of(const Row& row) {
  return [row](std::string_view route, int number) -> std::optional<FakeGateway::Answer> {
    if (route == row.route && number <= row.times) {
      return row.instead;
    }
    return std::nullopt;
  };
}

void expect_built(const TestRun& run, const TestWorkspace& workspace) {
  EXPECT_EQ(run.usage_error, 0) << run.errors;
  EXPECT_EQ(run.count(TaskResult::failed), 0U);
  for (const std::string name : {"base", "left", "right", "top"}) {
    EXPECT_EQ(workspace.read("packages/" + name + "/dist/a.txt"), name + "\n");
  }
}

void expect_warnings(const TestRun& run, const Row& row) {
  EXPECT_EQ(run.progress->notices.size(), row.warnings)
      << testing::PrintToString(run.progress->notices);
  if (row.warnings > 0 && !run.progress->notices.empty()) {
    EXPECT_THAT(run.progress->notices.front(), HasSubstr(row.says));
  }
}

struct RemoteFaults : testing::TestWithParam<Row> {
  TestWorkspace workspace;
  FakeGateway gateway;
  FakeProcesses processes{TestWorkspace::make};
};

using DownloadFaults = RemoteFaults;
using UploadFaults = RemoteFaults;

TEST_P(DownloadFaults, CostAtMostOneWarningAndNeverTheBuild) {
  workspace.run(processes, gateway);
  workspace.remove_outputs();
  workspace.remove(".velocity");
  gateway.counts.clear();
  gateway.fault = fault_of(GetParam());
  const TestRun second = workspace.run(processes, gateway);
  expect_built(second, workspace);
  expect_warnings(second, GetParam());
  EXPECT_EQ(second.count(TaskResult::hit_remote), GetParam().remote_hits);
  EXPECT_EQ(gateway.objects.size(), 4U);
}

TEST_P(UploadFaults, CostAtMostOneWarningAndNeverTheBuild) {
  gateway.fault = fault_of(GetParam());
  const TestRun first = workspace.run(processes, gateway);
  expect_built(first, workspace);
  expect_warnings(first, GetParam());
  EXPECT_EQ(gateway.objects.size(), GetParam().objects);
  // What could not be uploaded is here all the same.
  workspace.remove_outputs();
  EXPECT_EQ(workspace.run(processes, gateway).count(TaskResult::hit_local), 4U);
}

std::string name_of_row(const testing::TestParamInfo<Row>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(OfLookups, DownloadFaults, testing::ValuesIn(lookup_rows()), name_of_row);
INSTANTIATE_TEST_SUITE_P(Matrix, DownloadFaults, testing::ValuesIn(download_rows()), name_of_row);
INSTANTIATE_TEST_SUITE_P(Matrix, UploadFaults, testing::ValuesIn(upload_rows()), name_of_row);

// B11: whatever arrived was unpacked.
struct Seals : RemoteFaults {
  // A second checkout after the first one's artifact of one task was tampered with.
  TestRun second_run(const std::function<void(FakeGateway::Object&)>& tamper) {
    workspace.run(processes, gateway, {.tasks = {"base#build"}});
    EXPECT_EQ(gateway.objects.size(), 1U);
    tamper(gateway.objects.begin()->second);
    workspace.remove_outputs();
    workspace.remove(".velocity");
    return workspace.run(processes, gateway, {.tasks = {"base#build"}});
  }

  void expect_one_doubt(const TestRun& run, std::string_view says) {
    ASSERT_EQ(run.progress->notices.size(), 1U);
    EXPECT_THAT(run.progress->notices.front(), HasSubstr(std::string(says)));
    EXPECT_THAT(run.progress->notices.front(), HasSubstr("base#build"));
    EXPECT_EQ(run.count(TaskResult::succeeded), 1U);
    EXPECT_EQ(workspace.read("packages/base/dist/a.txt"), "base\n");
    ASSERT_EQ(gateway.reports.size(), 1U);
    EXPECT_EQ(gateway.reports.front().hash, gateway.objects.begin()->first);
  }

  std::string resealed(const std::function<void(wire::ArtifactMeta&)>& change,
                       const SigningKey& key) {
    const std::string& vcmeta = gateway.objects.begin()->second.vcmeta;
    wire::ArtifactMeta meta = wire::read_vcmeta_unverified(vcmeta).value().meta;
    change(meta);
    return wire::seal_vcmeta(meta, key);
  }
};

TEST_F(Seals, ThatDoNotParseAreDoubts) {
  expect_one_doubt(second_run([](auto& object) { object.vcmeta = "nonsense"; }), "seal");
  EXPECT_EQ(gateway.count("GET store"), 0) << "not a byte of it was asked for";
}

TEST_F(Seals, ByAnotherKeyAreDoubts) {
  const SigningKey other =
      SigningKey::from_seed(as_bytes("another seed of thirty-two bytes")).value();
  expect_one_doubt(second_run([&](auto& object) { object.vcmeta = resealed([](auto&) {}, other); }),
                   "seal");
}

TEST_F(Seals, ForAnotherKeyOfTheCacheAreDoubts) {
  expect_one_doubt(second_run([&](auto& object) {
                     object.vcmeta =
                         resealed([](auto& meta) { meta.key = Digest().hex(); }, gateway.seal_key);
                   }),
                   "another key");
}

TEST_F(Seals, ForAnotherScopeAreDoubts) {
  expect_one_doubt(second_run([&](auto& object) {
                     object.vcmeta =
                         resealed([](auto& meta) { meta.scope = "pr/1"; }, gateway.seal_key);
                   }),
                   "pr/1");
}

TEST_F(Seals, WithoutADigestAreDoubts) {
  expect_one_doubt(second_run([&](auto& object) {
                     object.vcmeta =
                         resealed([](auto& meta) { meta.sha256.reset(); }, gateway.seal_key);
                   }),
                   "no digest");
}

TEST_F(Seals, OverBytesThatAreNoArtifactAreDoubts) {
  expect_one_doubt(second_run([&](auto& object) {
                     object.body = "sealed, and still not an archive";
                     object.vcmeta = resealed(
                         [&](auto& meta) {
                           meta.sha256 = sha256(object.body);
                           meta.size_bytes = object.body.size();
                         },
                         gateway.seal_key);
                   }),
                   "not used");
}

TEST(RequiredRemote, IsNamedAsTheReasonWhenItCannotBeUsed) {
  const TestWorkspace workspace;
  FakeGateway gateway;
  gateway.fault = [](std::string_view, int) { return FakeGateway::Answer(answer(401)); };
  FakeProcesses processes(TestWorkspace::make);
  const TestRun run =
      workspace.run(processes, gateway, {.tasks = {"build"}, .remote_use = RemoteUse::required});
  EXPECT_THAT(run.broken_requirement, HasSubstr("401"));
}

TEST(RequiredRemote, NamesTheVariableThatIsNotSet) {
  TestWorkspace workspace;
  workspace.environment.unset("TEST_TOKEN");
  FakeGateway gateway;
  FakeProcesses processes(TestWorkspace::make);
  const TestRun run =
      workspace.run(processes, gateway, {.tasks = {"build"}, .remote_use = RemoteUse::required});
  EXPECT_THAT(run.broken_requirement, HasSubstr("TEST_TOKEN"));
  EXPECT_EQ(gateway.requests(), 0);
}

TEST(Breaker, AsksADeadStoreTwiceHoweverManyResultsThereAre) {
  const TestWorkspace workspace;
  FakeGateway gateway;
  FakeProcesses processes(TestWorkspace::make);
  gateway.fault = [](std::string_view route, int) -> std::optional<FakeGateway::Answer> {
    if (route == "PUT store") {
      return fail(Errc::unavailable, "connection refused");
    }
    return std::nullopt;
  };
  workspace.run(processes, gateway);
  // Uploads run side by side: each that was already on its way may find out by itself.
  EXPECT_LE(gateway.count("PUT store"), 4);
  EXPECT_GE(gateway.count("PUT store"), 2);
}

}  // namespace
}  // namespace vc::agent
