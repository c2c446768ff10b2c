using Orchestrator.Contracts.Http;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>What trains have before them, as the API shows it.</summary>
internal static class ForecastShapes
{
    public static TrainForecastView Of(TrainForecast forecast) =>
        new()
        {
            Train = forecast.Train.Value,
            Cars = [.. forecast.Cars.Select(car => new CarForecastView(car.Service.Value, car.Version.ToString()))],
            Lacking = forecast.Lacking,
            DepartsAt = forecast.DepartsAt,
            ArrivesAt = forecast.ArrivesAt,
            Stages = [.. forecast.Stages.Select(Of)],
            Notes = forecast.Notes,
        };

    private static StageForecastView Of(StageForecast stage) =>
        new()
        {
            Stage = stage.Stage.Value,
            BeginsAt = stage.BeginsAt,
            EndsAt = stage.EndsAt,
            Steps =
            [
                .. stage.Steps.Select(step => new StepForecastView(
                    step.Service.Value,
                    step.Name,
                    step.Instances,
                    step.WeightPercent,
                    step.Expected?.TotalSeconds,
                    step.Why
                )),
            ],
            SoakSeconds = stage.Soak.TotalSeconds,
            Gates = stage.Gates,
        };
}
