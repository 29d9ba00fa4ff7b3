using System.CommandLine;
using LbSpeaker.Lab;

var root = new RootCommand("The lab of LbSpeaker: a Kubernetes API server for those who have no cluster.") { ApiServerCommand.Create(), BackendCommand.Create() };
return await root.Parse(args).InvokeAsync();
