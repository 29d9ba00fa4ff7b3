using LbSpeaker.Commands;

return await RootVerb.RunAsync(CalledAs.Of(Environment.GetCommandLineArgs()[0]), args, Console.Out, Console.Error).ConfigureAwait(false);
