// The VCxxxx codes of diagnostics. docs/errors.md explains each one; a code never changes its
// meaning.
#pragma once

namespace vc::agent::codes {

// 01xx: one file of configuration.
inline constexpr int kUnreadableFile = 101;
inline constexpr int kYamlSyntax = 102;
inline constexpr int kNotUtf8 = 103;
inline constexpr int kTooComplex = 104;
inline constexpr int kWrongType = 105;
inline constexpr int kWrongVersion = 106;
inline constexpr int kUnknownKey = 107;
inline constexpr int kDuplicateKey = 108;
inline constexpr int kMissingKey = 109;
inline constexpr int kUnsupportedKey = 110;
inline constexpr int kBadValue = 111;
inline constexpr int kBadPattern = 112;
inline constexpr int kPatternLeavesPackage = 113;
inline constexpr int kOutputsCoverSources = 114;
inline constexpr int kBadUrl = 115;
inline constexpr int kBadVariable = 116;
inline constexpr int kBadTaskName = 117;
inline constexpr int kBadDependency = 118;
inline constexpr int kTokenInFile = 119;

// 02xx: the packages of the workspace.
inline constexpr int kBadManifest = 201;
inline constexpr int kDuplicatePackage = 202;
inline constexpr int kNoSuchDirectory = 203;
inline constexpr int kUnknownPackageDependency = 204;
inline constexpr int kSeveralLockfiles = 205;
inline constexpr int kTooManyPackages = 206;
inline constexpr int kLockfileWhole = 207;
inline constexpr int kProjectsComputed = 208;

// 03xx: tasks and their order.
inline constexpr int kUnknownTask = 301;
inline constexpr int kUnknownPackage = 302;
inline constexpr int kNoPackageHasTask = 303;
inline constexpr int kCycle = 304;
inline constexpr int kOutputsOverlap = 305;
inline constexpr int kInputsIncludeOutputs = 306;
inline constexpr int kNoTaskNamed = 307;
inline constexpr int kNoCommand = 308;
inline constexpr int kNeverReady = 309;
inline constexpr int kPersistentConflict = 310;
inline constexpr int kBadFilter = 320;
inline constexpr int kFilterFolder = 321;
inline constexpr int kFilterMatchesNothing = 322;
inline constexpr int kChangesUnknown = 323;
inline constexpr int kEverythingAffected = 324;
inline constexpr int kBadTimings = 325;
inline constexpr int kCannotPrune = 326;

// 04xx: what goes into a key.
inline constexpr int kUnreadableInput = 401;
inline constexpr int kInputIsNoFile = 402;
inline constexpr int kInputsMatchNothing = 403;
inline constexpr int kPatternMatchesNothing = 404;
inline constexpr int kConfigurationOutsideInputs = 405;
inline constexpr int kToolFailed = 406;
inline constexpr int kUnreadableRepository = 407;

}  // namespace vc::agent::codes
