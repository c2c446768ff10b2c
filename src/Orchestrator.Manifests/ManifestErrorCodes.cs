namespace Orchestrator.Manifests;

/// <summary>The stable codes of <see cref="ManifestError.Code"/>; docs/manifests.md explains each.</summary>
public static class ManifestErrorCodes
{
    // The guard: what no manifest may be.
    public const string FileTooLarge = "file_too_large";
    public const string TooManyFiles = "too_many_files";
    public const string TooManyDocuments = "too_many_documents";
    public const string TooManyNodes = "too_many_nodes";
    public const string TooDeep = "too_deep";
    public const string KeyTooLong = "key_too_long";
    public const string KeyNotText = "key_not_text";
    public const string DuplicateKey = "duplicate_key";
    public const string AnchorRefused = "anchor_refused";
    public const string AliasRefused = "alias_refused";
    public const string TagRefused = "tag_refused";
    public const string NotText = "not_text";
    public const string Malformed = "malformed";
    public const string NoDocuments = "no_documents";

    // The shape: what the schemas say.
    public const string NotAnObject = "not_an_object";
    public const string UnknownKind = "unknown_kind";
    public const string UnknownField = "unknown_field";
    public const string MissingField = "missing_field";
    public const string MissingValue = "missing_value";
    public const string WrongType = "wrong_type";
    public const string NotOneOf = "not_one_of";
    public const string OutOfRange = "out_of_range";
    public const string TooLong = "too_long";
    public const string TooShort = "too_short";
    public const string TooMany = "too_many";
    public const string TooFew = "too_few";
    public const string InvalidFormat = "invalid_format";

    // The formats: how a value is written.
    public const string InvalidName = "invalid_name";
    public const string InvalidKey = "invalid_key";
    public const string ImageNotByDigest = "image_not_by_digest";
    public const string InvalidImage = "invalid_image";
    public const string InvalidProvenance = "invalid_provenance";
    public const string InvalidVersion = "invalid_version";
    public const string InvalidRange = "invalid_range";
    public const string EmptyRange = "empty_range";
    public const string InvalidDuration = "invalid_duration";
    public const string InvalidCpu = "invalid_cpu";
    public const string InvalidMemory = "invalid_memory";
    public const string InvalidDisk = "invalid_disk";
    public const string InvalidRatio = "invalid_ratio";
    public const string InvalidPath = "invalid_path";
    public const string InvalidMode = "invalid_mode";
    public const string InvalidLimit = "invalid_limit";
    public const string InvalidCron = "invalid_cron";
    public const string UnknownZone = "unknown_zone";
    public const string ZoneDataMissing = "zone_data_missing";

    // The rules: what fields say together.
    public const string ConstraintUnclear = "constraint_unclear";
    public const string ConstraintImpossible = "constraint_impossible";
    public const string WeightZero = "weight_zero";
    public const string TargetsNotWhole = "targets_not_whole";
    public const string DuplicateSpread = "duplicate_spread";
    public const string NeighbourUnclear = "neighbour_unclear";
    public const string DuplicateNeighbour = "duplicate_neighbour";
    public const string NeighboursContradict = "neighbours_contradict";
    public const string ReservedVariable = "reserved_variable";
    public const string LimitBelowRequest = "limit_below_request";
    public const string SecretUnclear = "secret_unclear";
    public const string DuplicateVariable = "duplicate_variable";
    public const string VolumeUnclear = "volume_unclear";
    public const string DuplicateMount = "duplicate_mount";
    public const string TooManyMounts = "too_many_mounts";
    public const string FilesTooLarge = "files_too_large";
    public const string SoftAboveHard = "soft_above_hard";
    public const string DeviceUnclear = "device_unclear";
    public const string DuplicateDevice = "duplicate_device";
    public const string DuplicatePort = "duplicate_port";
    public const string HealthWithoutPort = "health_without_port";
    public const string HealthQuestion = "health_question";
    public const string LivenessOfBatch = "liveness_of_batch";
    public const string BatchUnexpected = "batch_unexpected";
    public const string BatchWithPort = "batch_with_port";
    public const string DaemonSpread = "daemon_spread";
    public const string SelfDependency = "self_dependency";
    public const string DuplicateDependency = "duplicate_dependency";

    /// <summary>Not a time of the clock on the wall.</summary>
    public const string InvalidTime = "invalid_time";

    public const string WindowWithoutTimes = "window_without_times";

    /// <summary>A period that ends no later than it begins.</summary>
    public const string PeriodReversed = "period_reversed";

    /// <summary>Callers that stay at a version by nothing.</summary>
    public const string StickyUnclear = "sticky_unclear";

    public const string DuplicateStage = "duplicate_stage";

    public const string DuplicateCoupled = "duplicate_coupled";
    public const string WeightsNotAscending = "weights_not_ascending";

    /// <summary>A weight in less than tenths of a percent.</summary>
    public const string WeightTooFine = "weight_too_fine";

    /// <summary>A step that leaves out what does not follow.</summary>
    public const string StepUnclear = "step_unclear";

    public const string InstancesDescending = "instances_descending";
    public const string MoreInstancesThanCount = "more_instances_than_count";
    public const string JudgedBeforeBaked = "judged_before_baked";
    public const string MaximumBelowMinimum = "maximum_below_minimum";

    /// <summary>Nothing says whether a canary is good.</summary>
    public const string NothingToJudge = "nothing_to_judge";

    public const string DuplicateMetric = "duplicate_metric";

    /// <summary>A ratio too bad to pass that is tolerated.</summary>
    public const string InferiorTolerated = "inferior_tolerated";

    /// <summary>A share without what its hits are among, or a level with it.</summary>
    public const string TotalUnclear = "total_unclear";

    /// <summary>A rule for a metric that is not judged at the stage, or by two rules at once.</summary>
    public const string RuleUnclear = "rule_unclear";

    /// <summary>Limits or scores of which the better is the worse.</summary>
    public const string LimitsReversed = "limits_reversed";

    /// <summary>A limit that nothing or everything is beyond.</summary>
    public const string LimitOutOfReach = "limit_out_of_reach";

    /// <summary>Double braces around what is not known.</summary>
    public const string UnknownPlaceholder = "unknown_placeholder";

    /// <summary>A query that does not ask for one version.</summary>
    public const string QueryOfBothVersions = "query_of_both_versions";

    /// <summary>Several strategies at a stage.</summary>
    public const string StrategyUnclear = "strategy_unclear";

    /// <summary>Waves of a stage that exchanges all at once.</summary>
    public const string WavesWithoutRolling = "waves_without_rolling";

    /// <summary>Waves by share and by domain.</summary>
    public const string WavesUnclear = "waves_unclear";

    /// <summary>A domain of waves named twice.</summary>
    public const string DuplicateDomain = "duplicate_domain";

    public const string WavesNotAscending = "waves_not_ascending";

    /// <summary>Waves that leave a rest.</summary>
    public const string WavesNotWhole = "waves_not_whole";

    public const string NoRoomToRoll = "no_room_to_roll";
    public const string ApprovalWithoutCanary = "approval_without_canary";
    public const string WebhookWithoutCanary = "webhook_without_canary";

    /// <summary>A webhook that is asked twice at the same point.</summary>
    public const string DuplicateWebhook = "duplicate_webhook";

    public const string DuplicateObject = "duplicate_object";

    public const string MoreErrors = "more_errors";
}
