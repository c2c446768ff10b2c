using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Judging;
using Orchestrator.Cli.Notes;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Api;

/// <summary>Generated at compile time: reflection would cost every command a tenth of a second.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals
)]
[JsonSerializable(typeof(ActionResult))]
[JsonSerializable(typeof(ApplyRequest))]
[JsonSerializable(typeof(ApplyResult))]
[JsonSerializable(typeof(DelegationRequest))]
[JsonSerializable(typeof(Page<DelegationView>))]
[JsonSerializable(typeof(DrainRequest))]
[JsonSerializable(typeof(ExplainView))]
[JsonSerializable(typeof(HostAnswerView))]
[JsonSerializable(typeof(HostTokenCreated))]
[JsonSerializable(typeof(HostTokenRequest))]
[JsonSerializable(typeof(InstanceExplainView))]
[JsonSerializable(typeof(Journey))]
[JsonSerializable(typeof(JournalCheck))]
[JsonSerializable(typeof(ExecRequest))]
[JsonSerializable(typeof(FileCopyRequest))]
[JsonSerializable(typeof(ExecResult))]
[JsonSerializable(typeof(UsageView))]
[JsonSerializable(typeof(JudgedFiles))]
[JsonSerializable(typeof(Page<JudgementView>))]
[JsonSerializable(typeof(ReplayedJudgements))]
[JsonSerializable(typeof(SampleRequest))]
[JsonSerializable(typeof(LoggedNotes))]
[JsonSerializable(typeof(LogsView))]
[JsonSerializable(typeof(NotesView))]
[JsonSerializable(typeof(Page<DeploymentView>))]
[JsonSerializable(typeof(Page<HostTokenView>))]
[JsonSerializable(typeof(Page<HostView>))]
[JsonSerializable(typeof(Page<InstanceView>))]
[JsonSerializable(typeof(Page<JournalView>))]
[JsonSerializable(typeof(Page<LineView>))]
[JsonSerializable(typeof(Page<PoolView>))]
[JsonSerializable(typeof(Page<RebalanceView>))]
[JsonSerializable(typeof(Page<RolloutView>))]
[JsonSerializable(typeof(Page<SecretView>))]
[JsonSerializable(typeof(Page<ServiceView>))]
[JsonSerializable(typeof(Page<TeamView>))]
[JsonSerializable(typeof(Page<TokenView>))]
[JsonSerializable(typeof(Page<TrainView>))]
[JsonSerializable(typeof(Page<VersionView>))]
[JsonSerializable(typeof(PlanHostsRequest))]
[JsonSerializable(typeof(PlanRebalanceRequest))]
[JsonSerializable(typeof(PlanScaleRequest))]
[JsonSerializable(typeof(PlanView))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(PublishRequest))]
[JsonSerializable(typeof(PublishResult))]
[JsonSerializable(typeof(RebalancePlanView))]
[JsonSerializable(typeof(RebalanceRequest))]
[JsonSerializable(typeof(RolloutAction))]
[JsonSerializable(typeof(ExpressRequest))]
[JsonSerializable(typeof(RollbackRequest))]
[JsonSerializable(typeof(HaltRequest))]
[JsonSerializable(typeof(TrainForecastView))]
[JsonSerializable(typeof(DeliveryView))]
[JsonSerializable(typeof(Page<HistoryView>))]
[JsonSerializable(typeof(WindowView))]
[JsonSerializable(typeof(Page<WindowView>))]
[JsonSerializable(typeof(SecretRequest))]
[JsonSerializable(typeof(SignInLink))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(TokenCreated))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(ProgramVersion))]
[JsonSerializable(typeof(WhoAmI))]
internal sealed partial class CliJson : JsonSerializerContext;
