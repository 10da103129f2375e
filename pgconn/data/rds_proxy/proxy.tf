variable "name" {
  type        = string
  description = "Name of the proxy."
}

variable "server" {
  type        = string
  description = "Identifier of the @@{kind}."
}

variable "vpc_id" {
  type        = string
  description = "VPC of the server."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Subnets in two availability zones at least."
}

variable "server_security_group_id" {
  type        = string
  description = "Security group of the server."
}

variable "client_security_group_id" {
  type        = string
  description = "Security group of the functions."
}

variable "client_role_name" {
  type        = string
  description = "IAM role of the functions."
}

variable "secret_arn" {
  type        = string
  description = "Secret of Secrets Manager with username and password of the role."
}

variable "db_user" {
  type    = string
  default = @@{user}
}

data "aws_caller_identity" "here" {}

data "aws_region" "here" {}

# The proxy is let in by the server, and lets the functions in.
resource "aws_security_group" "proxy" {
  name   = "${var.name}-proxy"
  vpc_id = var.vpc_id

  ingress {
    description     = "the functions"
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [var.client_security_group_id]
  }

  egress {
    description     = "the server"
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [var.server_security_group_id]
  }

  # Secrets Manager and the logs of the proxy.
  egress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group_rule" "server" {
  type                     = "ingress"
  from_port                = 5432
  to_port                  = 5432
  protocol                 = "tcp"
  security_group_id        = var.server_security_group_id
  source_security_group_id = aws_security_group.proxy.id
}

resource "aws_iam_role" "proxy" {
  name = "${var.name}-proxy"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "rds.amazonaws.com" }
    }]
  })
}

# A secret under a key of your own also needs kms:Decrypt for that key.
resource "aws_iam_role_policy" "proxy" {
  name = "secret"
  role = aws_iam_role.proxy.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.secret_arn
    }]
  })
}

resource "aws_db_proxy" "proxy" {
  name                   = var.name
  engine_family          = "POSTGRESQL"
  role_arn               = aws_iam_role.proxy.arn
  vpc_subnet_ids         = var.subnet_ids
  vpc_security_group_ids = [aws_security_group.proxy.id]
  require_tls            = true
  idle_client_timeout    = @@{idle_client_timeout}

  auth {
    auth_scheme = "SECRETS"
    iam_auth    = "REQUIRED"
    secret_arn  = var.secret_arn
  }
}

resource "aws_db_proxy_default_target_group" "proxy" {
  db_proxy_name = aws_db_proxy.proxy.name

  connection_pool_config {
    max_connections_percent      = @@{max_connections_percent}
    max_idle_connections_percent = @@{max_idle_connections_percent}
    connection_borrow_timeout    = @@{connection_borrow_timeout}
    session_pinning_filters      = @@{session_pinning_filters}
  }
}

resource "aws_db_proxy_target" "proxy" {
  db_proxy_name         = aws_db_proxy.proxy.name
  target_group_name     = aws_db_proxy_default_target_group.proxy.name
  db_@@{kind}_identifier = var.server
}

# The last part of the proxy's ARN is the resource id that rds-db:connect asks for.
resource "aws_iam_role_policy" "client" {
  name = "${var.name}-connect"
  role = var.client_role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "rds-db:connect"
      Resource = join(":", [
        "arn:aws:rds-db",
        data.aws_region.here.name,
        data.aws_caller_identity.here.account_id,
        "dbuser",
        "${element(split(":", aws_db_proxy.proxy.arn), 6)}/${var.db_user}",
      ])
    }]
  })
}

output "endpoint" {
  value = aws_db_proxy.proxy.endpoint
}
