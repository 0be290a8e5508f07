"""What Kubeflow Pipelines' Go client asks of a server, by gRPC and our own messages alone.

The numbers are lines of backend/src/v2/metadata/client.go in kubeflow/pipelines 2.17.0
(4a3592cb). Each method asks what the Go function at its lines asks, in that order, with the fields
that it sets and no others; an answer at which the Go code would give up is an AssertionError here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc

from graphstore.interop.mlmd.front.protos import service_pb2, store_pb2
from graphstore.interop.mlmd.front.service import METHODS
from tests.integration.mlmd.serving import calls

__all__ = ["MESSAGE", "InProcess", "Kubeflow", "code_of", "run_of"]

MESSAGE = 100 * 1024 * 1024
"""Bytes of a message at most, both ways: defaultMaxGRPCMessageSize."""
RETRIES = """{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 5,
"initialBackoff": "0.2s", "maxBackoff": "2s", "backoffMultiplier": 2,
"retryableStatusCodes": ["ABORTED", "UNAVAILABLE"]}}]}"""
"""156-162: what is tried again. There it is ten times, and begins at a second."""

Event, Execution = store_pb2.Event, store_pb2.Execution


def code_of(call: Any, request: Any) -> str:
    """The name of the code with which a call fails."""
    try:
        call(request)
    except grpc.RpcError as error:
        name: str = error.code().name
        return name
    raise AssertionError("it was answered")


class _Refused(grpc.RpcError):
    """An error of ML Metadata's own store, as a stub raises it."""

    def __init__(self, number: int) -> None:
        self._code = {one.value[0]: one for one in grpc.StatusCode}[number]

    def code(self) -> grpc.StatusCode:
        return self._code


class InProcess:
    """The calls of ML Metadata's own store, in a file of SQLite, as those of a server. Needs its
    wheel."""

    def __init__(self, file: Path) -> None:
        from ml_metadata import MetadataStore, proto

        config = proto.ConnectionConfig()
        config.sqlite.filename_uri = str(file)
        self._store = MetadataStore(config)

    def __getattr__(self, name: str) -> Any:
        from ml_metadata.errors import StatusError

        def call(request: Any) -> Any:
            response = METHODS[name].response()
            try:
                self._store._call_method(name, request, response)
            except StatusError as error:
                raise _Refused(error.error_code) from error
            return response

        return call


class Kubeflow:
    """A driver's or launcher's client."""

    def __init__(self, server: object, *, retries: bool = True, token: str | None = None) -> None:
        """A client of a server at an address, which may ask for a token, or of an `InProcess`."""
        options: list[tuple[str, Any]] = [
            ("grpc.max_receive_message_length", MESSAGE),
            ("grpc.max_send_message_length", MESSAGE),
        ]
        if retries:
            options.append(("grpc.service_config", RETRIES))
        self._channel = None
        if isinstance(server, InProcess):
            self._calls: Any = server
        else:
            self._channel = grpc.insecure_channel(str(server), options=options)
            self._calls = calls(self._channel, token)
        self.asked: set[str] = set()
        """The calls that were made."""
        self._context_types: dict[str, int] = {}

    def __enter__(self) -> Kubeflow:
        return self

    def __exit__(self, *_: object) -> None:
        if self._channel is not None:
            self._channel.close()

    def request(self, name: str, **fields: Any) -> Any:
        """The request of a call."""
        return getattr(service_pb2, f"{name}Request")(**fields)

    def call(self, name: str) -> Any:
        """A call, which is noted."""
        self.asked.add(name)
        return getattr(self._calls, name)

    def ask(self, name: str, **fields: Any) -> Any:
        """Make a call."""
        return self.call(name)(self.request(name, **fields))

    # Contexts

    def context_type(self, name: str) -> int:
        """getContextTypeID, 1348-1391."""
        if name not in self._context_types:
            try:
                type_ = self.ask("GetContextType", type_name=name).context_type  # 1363
                self._context_types[name] = type_.id
            except grpc.RpcError as error:
                assert error.code() is grpc.StatusCode.NOT_FOUND
                try:
                    put = self.ask("PutContextType", context_type={"name": name})  # 1372
                    self._context_types[name] = put.type_id
                except grpc.RpcError as race:
                    assert race.code() is grpc.StatusCode.ALREADY_EXISTS
                    return self.context_type(name)  # 1382
        return self._context_types[name]

    def context(self, type_name: str, name: str, properties: Mapping[str, Any]) -> Any:
        """getOrInsertContext, 1390-1432."""
        ask = {"type_name": type_name, "context_name": name}
        answer = self.ask("GetContextByTypeAndName", **ask)  # 1393
        if answer.HasField("context"):
            return answer.context
        new = {"name": name, "type_id": self.context_type(type_name)}
        try:
            self.ask("PutContexts", contexts=[{**new, "custom_properties": properties}])  # 1419
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.ALREADY_EXISTS
        return self.ask("GetContextByTypeAndName", **ask).context  # 1427

    def pipeline(self, name: str, run_id: str, namespace: str = "kubeflow") -> tuple[Any, Any]:
        """GetPipeline, 405-471: the contexts of a pipeline and of a run, one the parent."""
        pipeline = self.context("system.Pipeline", name, {})
        said = {
            "namespace": namespace,
            "resource_name": f"workflows/{run_id}",
            "pipeline_root": f"minio://mlpipeline/v2/artifacts/{name}/{run_id}",
            "store_session_info": '{"Provider":"minio","Params":{"fromEnv":"true"}}',
        }
        properties = {key: store_pb2.Value(string_value=value) for key, value in said.items()}
        run = self.context("system.PipelineRun", run_id, properties)
        parents = self.ask("GetParentContextsByContext", context_id=run.id).contexts  # 430
        assert len(parents) <= 1
        if parents:
            assert parents[0].id == pipeline.id
            return pipeline, run
        edge = {"child_id": run.id, "parent_id": pipeline.id}
        try:
            self.ask("PutParentContexts", parent_contexts=[edge])  # 494
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.ALREADY_EXISTS
        return pipeline, run

    def context_by_id(self, id_: int) -> Any:
        """getContextByID, 1453-1470."""
        (context,) = self.ask("GetContextsByID", context_ids=[id_]).contexts  # 1454
        return context

    # Executions

    def create(
        self,
        contexts: Sequence[Any],
        type_name: str = "system.ContainerExecution",
        *,
        task: str = "",
        name: str | None = None,
        parent: int | None = None,
        inputs: Mapping[str, Any] | None = None,
        artifacts: Mapping[str, int] | None = None,
        **properties: Any,
    ) -> Any:
        """CreateExecution, 637-777."""
        type_id = self.ask("PutExecutionType", execution_type={"name": type_name}).type_id  # 506
        execution = Execution(type_id=type_id, last_known_state=Execution.RUNNING)
        if name is not None:
            execution.name = name
        custom = execution.custom_properties
        for key, value in {"display_name": task, "task_name": task, **properties}.items():
            field = "int_value" if isinstance(value, int) else "string_value"
            setattr(custom[key], field, value)
        if parent is not None:
            custom["parent_dag_id"].int_value = parent
        if inputs is not None:
            _set_struct(custom["inputs"], inputs)
        pairs = [
            {"event": Event(artifact_id=id_, path=_path(key), type=Event.INPUT)}
            for key, id_ in (artifacts or {}).items()
        ]
        fields = {"execution": execution, "contexts": contexts, "artifact_event_pairs": pairs}
        id_ = self.ask("PutExecution", **fields).execution_id  # 754
        (stored,) = self.ask("GetExecutionsByID", execution_ids=[id_]).executions  # 763
        return stored

    def pre_publish(self, execution: Any, pod: str) -> None:
        """PrePublishExecution, 780-799: without contexts."""
        execution.custom_properties["pod_name"].string_value = pod
        execution.last_known_state = Execution.RUNNING
        self.ask("PutExecution", execution=execution)  # 789

    def publish(
        self,
        execution: Any,
        contexts: Sequence[Any],
        outputs: Mapping[str, Any] | None = None,
        artifacts: Mapping[str, Any] | None = None,
        state: int = Execution.COMPLETE,
    ) -> None:
        """PublishExecution, 560-611: with the contexts as they were read."""
        execution.last_known_state = state
        if outputs is not None:
            _set_struct(execution.custom_properties["outputs"], outputs)
        pairs = [
            {"event": Event(artifact_id=one.id, path=_path(name), type=Event.OUTPUT)}
            for name, one in (artifacts or {}).items()
        ]
        fields = {"execution": execution, "contexts": contexts, "artifact_event_pairs": pairs}
        self.ask("PutExecution", **fields)  # 609

    def execution(self, id_: int) -> tuple[Any, dict[str, Any]]:
        """GetExecution, 931-948, and GetPipelineFromExecution: with its contexts, by type."""
        (execution,) = self.ask("GetExecutionsByID", execution_ids=[id_]).executions  # 897
        contexts = {}
        for name in ("system.Pipeline", "system.PipelineRun"):
            type_id = self.context_type(name)
            answer = self.ask("GetContextsByExecution", execution_id=id_)  # 957
            (contexts[name],) = [one for one in answer.contexts if one.type_id == type_id]
        return execution, contexts

    def execution_by_name(self, type_name: str, name: str) -> Any:
        """GetExecutionByTypeAndName, 904-929; None if there is none."""
        fields = {"type_name": type_name, "execution_name": name}
        answer = self.ask("GetExecutionByTypeAndName", **fields)  # 907
        return answer.execution if answer.HasField("execution") else None

    def put_state(self, id_: int, state: int) -> None:
        """PutDAGExecutionState, 880-893."""
        execution, _ = self.execution(id_)
        execution.last_known_state = state
        self.ask("PutExecution", execution=execution)  # 888

    def tasks(self, run_id: int, dag: int | None = None) -> list[Any]:
        """GetExecutionsInDAG, 978-1076: of one DAG, or of the run; page by page."""
        filter_ = "" if dag is None else f"custom_properties.parent_dag_id.int_value = {dag}"
        executions, token = [], ""
        while True:
            options = {"filter_query": filter_, "next_page_token": token}  # both set, also to ""
            answer = self.ask("GetExecutionsByContext", context_id=run_id, options=options)  # 1005
            executions += answer.executions
            token = answer.next_page_token
            if not token:
                return executions

    # Artifacts

    def record_artifact(self, name: str, schema: str, uri: str, **metadata: Any) -> Any:
        """RecordArtifact, 1213-1275: without a context."""
        type_id = self.ask("PutArtifactType", artifact_type={"name": schema}).type_id  # 1223
        artifact = store_pb2.Artifact(type_id=type_id, uri=uri, state=store_pb2.Artifact.LIVE)
        artifact.custom_properties["display_name"].string_value = name
        artifact.custom_properties["store_session_info"].string_value = "{}"
        for key, value in metadata.items():
            if isinstance(value, dict):
                _set_struct(artifact.custom_properties[key], value)
            elif isinstance(value, str):
                artifact.custom_properties[key].string_value = value
            else:
                artifact.custom_properties[key].double_value = value
        ids = self.ask("PutArtifacts", artifacts=[artifact]).artifact_ids  # 1252
        (stored,) = self.ask("GetArtifactsByID", artifact_ids=ids).artifacts  # 1262
        return stored

    def artifact_type(self, name: str) -> int:
        """GetOrInsertArtifactType, 1277-1303."""
        try:
            type_ = self.ask("GetArtifactType", type_name=name).artifact_type  # 1289
            return int(type_.id)
        except grpc.RpcError:
            put = self.ask("PutArtifactType", artifact_type={"name": name})  # 1296
            return int(put.type_id)

    def matched(self, target: Any, pipeline_id: int) -> Any:
        """FindMatchedArtifact, 1305-1346: the importer's artifact, if there is one alike."""
        for one in self.ask("GetArtifactsByURI", uris=[target.uri]).artifacts:  # 1310
            if (one.type_id, one.state) != (target.type_id, target.state):
                continue
            contexts = self.ask("GetContextsByArtifact", artifact_id=one.id).contexts  # 1337
            if pipeline_id in [context.id for context in contexts]:
                return one
        return None

    def artifact_name(self, id_: int) -> str:
        """GetArtifactName, 1089-1101."""
        events = self.ask("GetEventsByArtifactIDs", artifact_ids=[id_]).events  # 1081
        return str(events[0].path.steps[0].key) if events else ""

    def of_execution(self, id_: int, type_: int) -> dict[str, Any]:
        """GetOutputArtifactsByExecutionId and GetInputArtifacts…, 1112-1200: by name."""
        events = self.ask("GetEventsByExecutionIDs", execution_ids=[id_]).events  # 1115, 1157
        names = {one.artifact_id: one.path.steps[0].key for one in events if one.type == type_}
        artifacts = self.ask("GetArtifactsByID", artifact_ids=[*names]).artifacts  # 1104
        return {names[one.id]: one for one in artifacts}


def run_of(
    kfp: Kubeflow, run_id: str = "run-1", name: str = "iris", namespace: str = "kubeflow"
) -> tuple[Any, ...]:
    """A run of two tasks in a DAG within the run's own: its contexts, DAGs, tasks and artifacts."""
    contexts = kfp.pipeline(name, run_id, namespace)
    root = kfp.create(contexts, "system.DAGExecution", name=f"run/{run_id}", inputs={"epochs": 3.0})
    dag = kfp.create(
        contexts, "system.DAGExecution", task="loop", parent=root.id, total_dag_tasks=2
    )
    data = kfp.record_artifact("data", "system.Dataset", f"s3://{run_id}/data")
    make = kfp.create(contexts, task="make", parent=dag.id, namespace=namespace, image="py:3")
    kfp.pre_publish(make, "pod-1")
    kfp.publish(make, contexts, {"rows": 150.0}, {"data": data})
    metrics = kfp.record_artifact("metrics", "system.Metrics", f"s3://{run_id}/m", accuracy=0.93)
    train = kfp.create(
        contexts,
        task="train",
        parent=dag.id,
        inputs={"rate": 0.1, "layers": [1.0, 2.0], "flags": {"fast": True}},
        artifacts={"dataset": data.id},
    )
    kfp.publish(train, contexts, {}, {"metrics": metrics})
    kfp.put_state(dag.id, Execution.COMPLETE)
    return contexts, (root, dag), (make, train), (data, metrics)


def _set_struct(value: Any, fields: Mapping[str, Any]) -> None:
    value.struct_value.SetInParent()  # in Go an empty one is one
    value.struct_value.update(fields)


def _path(name: str) -> Any:
    return Event.Path(steps=[{"key": name}])  # eventPath, 537-545
