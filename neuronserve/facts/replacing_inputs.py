"""Inputs of AWS resources whose change makes another resource of them, by Pulumi's names.

Of the types that the components here make, and of volumes and buckets, which hold what nobody wants to lose. The lists
are those of the schemas (``ForceNew``, plan modifiers, ``CustomizeDiff``) of v6.58.0 of
github.com/hashicorp/terraform-provider-aws, but for ``ebs/volume``, ``ec2/placementGroup`` and ``elasticache``, which
were read in other versions of its ``internal/service``, and but for alarms, dashboards and ``sns``, of which AWS' API
says what cannot be changed; pulumi-aws 7.51 wraps one that is a little newer. ``a.b`` is part of an input.
"""

AWS_REPLACING_INPUTS: dict[str, tuple[str, ...]] = {
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName", "region"),
    "aws:cloudwatch/eventRule:EventRule": ("eventBusName", "name", "namePrefix", "region"),
    "aws:cloudwatch/eventTarget:EventTarget": ("eventBusName", "region", "rule", "targetId"),
    "aws:cloudwatch/logGroup:LogGroup": ("logGroupClass", "name", "namePrefix", "region"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", "region"),
    "aws:ebs/volume:Volume": (
        "availabilityZone",
        "encrypted",
        "kmsKeyId",
        "multiAttachEnabled",
        "outpostArn",
        "region",
        "snapshotId",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ("region", "vpcId"),
    "aws:ec2/eip:Eip": ("address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool", "region"),
    "aws:ec2/flowLog:FlowLog": (
        "deliverCrossAccountRole",
        "destinationOptions",
        "eniId",
        "iamRoleArn",
        "logDestination",
        "logDestinationType",
        "logFormat",
        "maxAggregationInterval",
        "region",
        "subnetId",
        "trafficType",
        "transitGatewayAttachmentId",
        "transitGatewayId",
        "vpcId",
    ),
    "aws:ec2/internetGateway:InternetGateway": ("region",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name", "namePrefix", "region"),
    "aws:ec2/natGateway:NatGateway": (
        "allocationId",
        "availabilityMode",
        "connectivityType",
        "privateIp",
        "region",
        "subnetId",
        "vpcId",
    ),
    "aws:ec2/placementGroup:PlacementGroup": ("name", "partitionCount", "region", "spreadLevel", "strategy"),
    "aws:ec2/route:Route": (
        "destinationCidrBlock",
        "destinationIpv6CidrBlock",
        "destinationPrefixListId",
        "region",
        "routeTableId",
    ),
    "aws:ec2/routeTable:RouteTable": ("region", "vpcId"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ("gatewayId", "region", "subnetId"),
    "aws:ec2/securityGroup:SecurityGroup": ("description", "name", "namePrefix", "region", "vpcId"),
    "aws:ec2/subnet:Subnet": (
        "availabilityZone",
        "availabilityZoneId",
        "cidrBlock",
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6IpamPoolId",
        "ipv6Native",
        "ipv6NetmaskLength",
        "outpostArn",
        "region",
        "vpcId",
    ),
    "aws:ec2/vpc:Vpc": ("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength", "region"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        "dnsOptions.privateDnsPreference",
        "dnsOptions.privateDnsSpecifiedDomains",
        "region",
        "resourceConfigurationArn",
        "serviceName",
        "serviceNetworkArn",
        "serviceRegion",
        "vpcEndpointType",
        "vpcId",
    ),
    "aws:efs/fileSystem:FileSystem": (
        "availabilityZoneName",
        "creationToken",
        "encrypted",
        "kmsKeyId",
        "performanceMode",
        "region",
    ),
    "aws:eks/accessEntry:AccessEntry": ("clusterName", "principalArn", "region", "type"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": (
        "accessScope",
        "clusterName",
        "policyArn",
        "principalArn",
        "region",
    ),
    "aws:eks/addon:Addon": ("addonName", "clusterName", "namespaceConfig", "region"),
    "aws:eks/cluster:Cluster": (
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
        "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
        "name",
        "outpostConfig",
        "region",
        "roleArn",
    ),
    "aws:eks/nodeGroup:NodeGroup": (
        "amiType",
        "capacityType",
        "clusterName",
        "diskSize",
        "instanceTypes",
        "launchTemplate.id",
        "launchTemplate.name",
        "nodeGroupName",
        "nodeGroupNamePrefix",
        "nodeRoleArn",
        "region",
        "remoteAccess",
        "subnetIds",
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("clusterName", "namespace", "region", "serviceAccount"),
    "aws:elasticache/parameterGroup:ParameterGroup": ("description", "family", "name", "region"),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "atRestEncryptionEnabled",
        "dataTieringEnabled",
        "globalReplicationGroupId",
        "kmsKeyId",
        "networkType",
        "port",
        "region",
        "replicationGroupId",
        "securityGroupNames",
        "snapshotArns",
        "snapshotName",
        "subnetGroupName",
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": ("name", "region"),
    "aws:iam/instanceProfile:InstanceProfile": ("name", "namePrefix", "path"),
    "aws:iam/policy:Policy": ("description", "name", "namePrefix", "path"),
    "aws:iam/role:Role": ("name", "namePrefix", "path"),
    "aws:iam/rolePolicy:RolePolicy": ("name", "namePrefix", "role"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("policyArn", "role"),
    "aws:kms/key:Key": ("customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "region", "xksKeyId"),
    "aws:s3/bucket:Bucket": ("bucket", "bucketNamespace", "bucketPrefix", "objectLockEnabled", "region"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ("bucket", "expectedBucketOwner", "region"),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ("bucket", "region"),
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket", "region"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ("bucket", "region"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "bucket",
        "expectedBucketOwner",
        "region",
    ),
    "aws:sns/topic:Topic": ("fifoTopic", "name", "namePrefix", "region"),
    "aws:sns/topicSubscription:TopicSubscription": ("endpoint", "protocol", "region", "topic"),
    "aws:sqs/queue:Queue": ("fifoQueue", "name", "namePrefix", "region"),
    "aws:sqs/queuePolicy:QueuePolicy": ("queueUrl", "region"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("region", "securityGroupId"),
}

EKS_REPLACING_INPUTS: dict[str, tuple[str, ...]] = {
    "eks:index:Cluster": (
        "bootstrapSelfManagedAddons",
        "ipFamily",
        "kubernetesServiceIpAddressRange",
        "name",
        "serviceRole",
    ),
}
"""Of pulumi-eks' component: those that come to an input of the cluster in it for which AWS makes another one."""

REMOVED_REPLACING_INPUTS: dict[str, tuple[str, ...]] = {
    "aws:eks/cluster:Cluster": ("encryptionConfig",),
    "eks:index:Cluster": ("encryptionConfigKeyArn",),
}
"""Those that may come, or change, in place, and that only another resource can lose."""

DELETED_FIRST_WHEN_NAMED: dict[str, str] = {
    "aws:cloudwatch/eventRule:EventRule": "name",
    "aws:cloudwatch/eventTarget:EventTarget": "targetId",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:ec2/launchTemplate:LaunchTemplate": "name",
    "aws:ec2/securityGroup:SecurityGroup": "name",
    "aws:efs/fileSystem:FileSystem": "creationToken",
    "aws:eks/cluster:Cluster": "name",
    "aws:eks/nodeGroup:NodeGroup": "nodeGroupName",
    "aws:elasticache/parameterGroup:ParameterGroup": "name",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:elasticache/subnetGroup:SubnetGroup": "name",
    "aws:iam/instanceProfile:InstanceProfile": "name",
    "aws:iam/policy:Policy": "name",
    "aws:iam/role:Role": "name",
    "aws:iam/rolePolicy:RolePolicy": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:sns/topic:Topic": "name",
    "aws:sqs/queue:Queue": "name",
    "eks:index:Cluster": "name",
}
"""Types of which the old one goes before the new one comes where the program gives the name in this input.

Read off pulumi-terraform-bridge: it does so for what it would name by itself (autonaming).
"""

DELETED_FIRST = ("aws:iam/rolePolicyAttachment:RolePolicyAttachment",)
"""Types of which the old one always goes first (pulumi-aws, ``provider/resource_overrides.go``)."""

OUTPUTS_OF_UPDATES: dict[str, tuple[str, ...]] = {"aws:ec2/launchTemplate:LaunchTemplate": ("latestVersion",)}
"""Outputs that are others after an update of more than tags: a node group takes its template's next version."""
